(* The client's states with their times (RFC 2131, section 4.4):

     Acquiring --granted--> Probing --silence--> Leased --T1--> Renewing --T2--> rebinding
        ^  | no answer         | conflict           ^              | granted        |
        |  v                   v                    +--------------+                |
        +--(again, later) <-- Backing_off                                           |
        +------------------------ the lease has expired ----------------------------+

   Everything happens through [tick], [input] and [arp]; what is due is done before what
   has come, so that after a pause of the machine an expired lease is not renewed. *)

type event =
  | Send of Dhcp_message.pkt
  | Probe of Ipaddr.V4.t
  | Bound of Dhcp_message.pkt
  | Declined of Ipaddr.V4.t
  | Lost of string
  | Refused of string option
  | Gave_up of string

type phase =
  | Acquiring of { sent_at : int64; repeat_at : int64 }
  | Backing_off of int64  (** until then nothing is asked *)
  | Probing of { ack : Dhcp_message.pkt; times : Dhcp_times.t option; until : int64 }
  | Leased of Dhcp_times.t
  | Renewing of { times : Dhcp_times.t; rebinding : bool; sent_at : int64; repeat_at : int64 }
  | Permanent  (** a lease that is never extended *)
  | Stopped

type t = {
  client : Dhcp_client.t;
  mac : Macaddr.t;
  phase : phase;
  detection : Dhcp_conflict_detection.t option;
  renew : bool;
  ever_bound : bool;
  attempt : int;
  was_refused : bool;  (** whether a server answered, since the start *)
  random : int;
}

let max_attempts = 6
let longest_delay_s = 64
let longest_first_delay_s = 8
let shortest_renewal_delay_s = 60
let probe_ns = Dhcp_conflict_detection.probe_ns
let decline_delay_s = 10

let lease t =
  match t.phase with
  | Leased _ | Renewing _ | Permanent -> Dhcp_client.lease t.client
  | Acquiring _ | Backing_off _ | Probing _ | Stopped -> None

let expires_at t =
  match t.phase with
  | Leased times | Renewing { times; _ } -> Some times.expires_at
  | Acquiring _ | Backing_off _ | Probing _ | Permanent | Stopped -> None

(* {2 Chance} *)

(* A linear congruential generator of 48 bits: it spreads the requests of many
   guests, and guards nothing. *)
let next_random t = { t with random = ((t.random * 0x5DEECE66D) + 11) land ((1 lsl 48) - 1) }

(* From 0 to below 1024, of the bits that repeat last. *)
let random_10_bits t = t.random lsr 38

(* RFC 2131, section 4.1: a second more or less, and less of short pauses. *)
let delay t ~least_s =
  let longest = if t.ever_bound then longest_delay_s else longest_first_delay_s in
  let s = max least_s (min longest (1 lsl min t.attempt 6)) in
  let spread_ms = min 2000 (s * 500) in
  Duration.of_ms ((s * 1000) - (spread_ms / 2) + (spread_ms * random_10_bits t / 1024))

let new_xid t = Int32.of_int (t.random lsr 8)

(* {2 Beginnings} *)

let send_request t ~now packet =
  let t = next_random t in
  let repeat_at = Int64.add now (delay t ~least_s:1) in
  ({ t with phase = Acquiring { sent_at = now; repeat_at } }, [ Send packet ])

let start ?requests ?(renew = true) ~now ~xid mac =
  let client, packet = Dhcp_client.create ?requests xid mac in
  let random = Int32.to_int xid land 0xffff_ffff in
  let t =
    { client; mac; phase = Stopped; detection = None; renew; ever_bound = false; attempt = 0;
      was_refused = false; random }
  in
  send_request t ~now packet

let restart t ~now =
  let t = next_random t in
  let client, packet = Dhcp_client.restart ~xid:(new_xid t) t.client in
  send_request { t with client; detection = None } ~now packet

let stop_trying t =
  let why =
    if t.was_refused then Printf.sprintf "no DHCP server gave a free address in %d attempts" max_attempts
    else Printf.sprintf "no DHCP server answered %d requests" max_attempts
  in
  ({ t with phase = Stopped; detection = None }, [ Gave_up why ])

let try_again t ~now =
  if t.attempt + 1 >= max_attempts && not t.ever_bound then stop_trying t
  else restart { t with attempt = t.attempt + 1 } ~now

(* Backing off after a refusal or a conflict: at least ten seconds after the latter (RFC
   2131, section 3.1, step 5). *)
let wait t ~now ~least_s =
  let t = next_random t in
  { t with phase = Backing_off (Int64.add now (delay t ~least_s)); detection = None; was_refused = true }

let lost t why = if lease t = None then [] else [ Lost why ]

let expire t ~now =
  let why = lost t "the lease is over" in
  let t, events = restart { t with attempt = 0 } ~now in
  (t, why @ events)

(* {2 Addresses in use} *)

let probe_offered t ~now =
  match Dhcp_client.offered t.client with
  | None -> (t, [])
  | Some address -> ({ t with detection = Some (Dhcp_conflict_detection.start ~now address) }, [ Probe address ])

let probe_again t ~now detection =
  let t = next_random t in
  match Dhcp_conflict_detection.probe_again ~now ~jitter_ms:(random_10_bits t) detection with
  | None -> ({ t with detection = None }, [])
  | Some later -> ({ t with detection = Some later }, [ Probe detection.address ])

(* Loss of a lease in use is told otherwise than a conflict about one never used. *)
let decline t ~now =
  let why = lost t "another host uses the address" in
  let events =
    match (why, t.detection) with
    | [], Some { address; _ } -> [ Declined address ]
    | _, (Some _ | None) -> why
  in
  let packet = Option.to_list (Dhcp_client.decline t.client) in
  (wait t ~now ~least_s:decline_delay_s, events @ List.map (fun p -> Send p) packet)

let conflict_found t ~now (detection : Dhcp_conflict_detection.t) =
  match t.phase with
  | Acquiring _ -> ({ t with detection = Some { detection with conflict = true } }, [])
  | Probing _ | Leased _ | Renewing _ | Permanent -> decline t ~now
  | Backing_off _ | Stopped -> (t, [])

(* {2 Leases} *)

let bound t ack times =
  let phase = match times with Some times when t.renew -> Leased times | _ -> Permanent in
  ({ t with phase; ever_bound = true; attempt = 0 }, [ Bound ack ])

(* A lease runs from when it was requested (section 4.4.5), which may be over by now. *)
let granted t ~now client ack ~sent_at =
  let times = if t.renew then Dhcp_times.of_lease ~since:sent_at ack else None in
  let is_expired = match times with Some { expires_at; _ } -> expires_at <= now | None -> false in
  if is_expired then (t, [])
  else
    let t = { t with client } in
    match t.detection with
    | Some { conflict = true; _ } -> decline t ~now
    | Some { free_at; _ } when lease t = None && now < free_at ->
        ({ t with phase = Probing { ack; times; until = free_at } }, [])
    | Some _ | None -> bound t ack times

(* Half of what is left, but not more often than once a minute, or for leases of
   minutes an eighth of them: else one lost packet would cost the address. *)
let renewal_delay ~now (times : Dhcp_times.t) until =
  let left = Int64.sub until now in
  let eighth = Int64.div (Int64.sub times.expires_at times.renew_at) 4L in
  let shortest = min (Duration.of_sec shortest_renewal_delay_s) (max (Duration.of_sec 1) eighth) in
  Int64.add now (min (max left 1L) (max (Int64.div left 2L) shortest))

(* T1 has passed: the server is asked; T2 has: everybody is. *)
let renew_lease t ~now (times : Dhcp_times.t) =
  let rebinding = now >= times.rebind_at in
  let send_request = if rebinding then Dhcp_client.rebind else Dhcp_client.renew in
  let until = if rebinding then times.expires_at else times.rebind_at in
  match send_request t.client with
  | `Noop -> (t, [])
  | `Response (client, packet) ->
      let repeat_at = renewal_delay ~now times until in
      let phase = Renewing { times; rebinding; sent_at = now; repeat_at } in
      ({ t with client; phase }, [ Send packet ])

(* {2 Events} *)

let tick_phase t ~now =
  match t.phase with
  | Acquiring { repeat_at = at; _ } | Backing_off at when now >= at -> try_again t ~now
  | Probing { times = Some { expires_at; _ }; _ } when now >= expires_at -> try_again t ~now
  | Probing { ack; times; until } when now >= until -> bound t ack times
  | (Leased times | Renewing { times; _ }) when now >= times.expires_at -> expire t ~now
  | Leased times when now >= times.renew_at -> renew_lease t ~now times
  | Renewing { times; rebinding = false; _ } when now >= times.rebind_at ->
      renew_lease t ~now times
  | Renewing { times; repeat_at; _ } when now >= repeat_at -> renew_lease t ~now times
  | Acquiring _ | Backing_off _ | Probing _ | Leased _ | Renewing _ | Permanent | Stopped -> (t, [])

let tick_detection t ~now =
  match (t.detection, t.phase) with
  | Some detection, (Leased _ | Renewing _ | Permanent) when now >= detection.next_at ->
      probe_again t ~now detection
  | _ -> (t, [])

let tick t ~now =
  let t, events = tick_phase t ~now in
  let t, probes = tick_detection t ~now in
  (t, events @ probes)

let text packet =
  match packet with
  | Ok { Dhcp_message.options; _ } ->
      List.find_map (function Dhcp_option.Message text -> Some text | _ -> None) options
  | Error _ -> None

let was_refused t ~now client frame =
  let text = text (Dhcp_message.pkt_of_buf frame (Cstruct.length frame)) in
  let lost = lost t "the server has taken the address back" in
  ({ (wait t ~now ~least_s:1) with client }, Refused text :: lost)

let request t ~now client packet =
  let t, asked = send_request { t with client } ~now packet in
  let t, probed = probe_offered t ~now in
  (t, asked @ probed)

let answer t ~now client packet frame =
  if Dhcp_client.offered client = None then was_refused t ~now client frame
  else request t ~now client packet

let receive t ~now frame =
  let sent_at, rebinding =
    match t.phase with
    | Acquiring { sent_at; _ } -> (sent_at, false)
    | Renewing { sent_at; rebinding; _ } -> (sent_at, rebinding)
    | Backing_off _ | Probing _ | Leased _ | Permanent | Stopped -> (now, false)
  in
  match (t.phase, Dhcp_client.input ~rebinding t.client frame) with
  | (Acquiring _ | Renewing _), `New_lease (client, ack) -> granted t ~now client ack ~sent_at
  | (Acquiring _ | Renewing _), `Response (client, packet) -> answer t ~now client packet frame
  | _ -> (t, [])

let input t ~now frame =
  let t, events = tick t ~now in
  let t, more = receive t ~now frame in
  (t, events @ more)

let arp t ~now packet =
  match t.detection with
  | Some detection when Dhcp_conflict_detection.conflicts_with detection ~mac:t.mac packet -> conflict_found t ~now detection
  | Some _ | None -> (t, [])

let earliest a b = match (a, b) with Some a, Some b -> Some (min a b) | None, x | x, None -> x

let deadline t =
  let phase_at =
    match t.phase with
    | Acquiring { repeat_at = at; _ } | Backing_off at | Probing { until = at; _ } -> Some at
    | Leased times -> Some times.renew_at
    | Renewing { times; rebinding; repeat_at; _ } ->
        Some (min repeat_at (if rebinding then times.expires_at else times.rebind_at))
    | Permanent | Stopped -> None
  in
  match (t.detection, t.phase) with
  | Some detection, (Leased _ | Renewing _ | Permanent) -> earliest phase_at (Some detection.next_at)
  | _ -> phase_at
