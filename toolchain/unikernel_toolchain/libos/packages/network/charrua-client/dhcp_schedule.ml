type event =
  | Send of Dhcp_message.pkt
  | Probe of Ipaddr.V4.t
  | Bound of Dhcp_message.pkt
  | Declined of Ipaddr.V4.t
  | Lost of string
  | Refused of string option
  | Gave_up of string

type phase =
  | Asking of { sent_at : int64; repeat_at : int64 }
  | Waiting of int64  (** until then nothing is asked *)
  | Probing of { ack : Dhcp_message.pkt; times : Dhcp_times.t option; until : int64 }
  | Holding of Dhcp_times.t
  | Extending of { times : Dhcp_times.t; rebinding : bool; sent_at : int64; repeat_at : int64 }
  | Kept  (** a lease that is never extended *)
  | Stopped

type t = {
  client : Dhcp_client.t;
  mac : Macaddr.t;
  phase : phase;
  claim : Dhcp_claim.t option;
  renew : bool;
  ever_bound : bool;
  attempt : int;
  refused : bool;  (** whether a server answered, since the start *)
  random : int;
}

let max_attempts = 6
let longest_pause_s = 64
let longest_first_pause_s = 8
let shortest_extension_pause_s = 60
let probe_ns = Dhcp_claim.probe_ns
let decline_pause_s = 10

let lease t =
  match t.phase with
  | Holding _ | Extending _ | Kept -> Dhcp_client.lease t.client
  | Asking _ | Waiting _ | Probing _ | Stopped -> None

let over_at t =
  match t.phase with
  | Holding times | Extending { times; _ } -> Some times.over_at
  | Asking _ | Waiting _ | Probing _ | Kept | Stopped -> None

(* {2 Chance} *)

(* A linear congruential generator of 48 bits: it spreads the requests of many
   guests, and guards nothing. *)
let turn t = { t with random = ((t.random * 0x5DEECE66D) + 11) land ((1 lsl 48) - 1) }

(* From 0 to below 1024, of the bits that repeat last. *)
let chance t = t.random lsr 38

(* RFC 2131, section 4.1: a second more or less, and less of short pauses. *)
let pause t ~least_s =
  let longest = if t.ever_bound then longest_pause_s else longest_first_pause_s in
  let s = max least_s (min longest (1 lsl min t.attempt 6)) in
  let spread_ms = min 2000 (s * 500) in
  Duration.of_ms ((s * 1000) - (spread_ms / 2) + (spread_ms * chance t / 1024))

let new_xid t = Int32.of_int (t.random lsr 8)

(* {2 Beginnings} *)

let ask t ~now packet =
  let t = turn t in
  let repeat_at = Int64.add now (pause t ~least_s:1) in
  ({ t with phase = Asking { sent_at = now; repeat_at } }, [ Send packet ])

let start ?requests ?(renew = true) ~now ~xid mac =
  let client, packet = Dhcp_client.create ?requests xid mac in
  let random = Int32.to_int xid land 0xffff_ffff in
  let t =
    { client; mac; phase = Stopped; claim = None; renew; ever_bound = false; attempt = 0;
      refused = false; random }
  in
  ask t ~now packet

let begin_anew t ~now =
  let t = turn t in
  let client, packet = Dhcp_client.restart ~xid:(new_xid t) t.client in
  ask { t with client; claim = None } ~now packet

let give_up t =
  let why =
    if t.refused then Printf.sprintf "no DHCP server gave a free address in %d attempts" max_attempts
    else Printf.sprintf "no DHCP server answered %d requests" max_attempts
  in
  ({ t with phase = Stopped; claim = None }, [ Gave_up why ])

let try_again t ~now =
  if t.attempt + 1 >= max_attempts && not t.ever_bound then give_up t
  else begin_anew { t with attempt = t.attempt + 1 } ~now

let wait t ~now ~least_s =
  let t = turn t in
  { t with phase = Waiting (Int64.add now (pause t ~least_s)); claim = None; refused = true }

let lost t why = if lease t = None then [] else [ Lost why ]

let expire t ~now =
  let why = lost t "the lease is over" in
  let t, events = begin_anew { t with attempt = 0 } ~now in
  (t, why @ events)

(* {2 Addresses in use} *)

let claim_offered t ~now =
  match Dhcp_client.offered t.client with
  | None -> (t, [])
  | Some address -> ({ t with claim = Some (Dhcp_claim.start ~now address) }, [ Probe address ])

let probe_again t ~now claim =
  let t = turn t in
  match Dhcp_claim.probe_again ~now ~chance:(chance t) claim with
  | None -> ({ t with claim = None }, [])
  | Some later -> ({ t with claim = Some later }, [ Probe claim.address ])

let decline t ~now =
  let why = lost t "another host uses the address" in
  let news =
    match (why, t.claim) with
    | [], Some { address; _ } -> [ Declined address ]
    | _, (Some _ | None) -> why
  in
  let packet = Option.to_list (Dhcp_client.decline t.client) in
  (wait t ~now ~least_s:decline_pause_s, news @ List.map (fun p -> Send p) packet)

let dispute t ~now (claim : Dhcp_claim.t) =
  match t.phase with
  | Asking _ -> ({ t with claim = Some { claim with disputed = true } }, [])
  | Probing _ | Holding _ | Extending _ | Kept -> decline t ~now
  | Waiting _ | Stopped -> (t, [])

(* {2 Leases} *)

let bound t ack times =
  let phase = match times with Some times when t.renew -> Holding times | _ -> Kept in
  ({ t with phase; ever_bound = true; attempt = 0 }, [ Bound ack ])

let granted t ~now client ack ~sent_at =
  let times = if t.renew then Dhcp_times.of_lease ~since:sent_at ack else None in
  let over = match times with Some { over_at; _ } -> over_at <= now | None -> false in
  if over then (t, [])
  else
    let t = { t with client } in
    match t.claim with
    | Some { disputed = true; _ } -> decline t ~now
    | Some { silent_at; _ } when lease t = None && now < silent_at ->
        ({ t with phase = Probing { ack; times; until = silent_at } }, [])
    | Some _ | None -> bound t ack times

(* Half of what is left, but not more often than once a minute, or for leases of
   minutes an eighth of them: else one lost packet would cost the address. *)
let extension_pause ~now (times : Dhcp_times.t) until =
  let left = Int64.sub until now in
  let eighth = Int64.div (Int64.sub times.over_at times.renew_at) 4L in
  let shortest = min (Duration.of_sec shortest_extension_pause_s) (max (Duration.of_sec 1) eighth) in
  Int64.add now (min (max left 1L) (max (Int64.div left 2L) shortest))

let extend t ~now (times : Dhcp_times.t) =
  let rebinding = now >= times.rebind_at in
  let ask = if rebinding then Dhcp_client.rebind else Dhcp_client.renew in
  let until = if rebinding then times.over_at else times.rebind_at in
  match ask t.client with
  | `Noop -> (t, [])
  | `Response (client, packet) ->
      let repeat_at = extension_pause ~now times until in
      let phase = Extending { times; rebinding; sent_at = now; repeat_at } in
      ({ t with client; phase }, [ Send packet ])

(* {2 Events} *)

let tick_phase t ~now =
  match t.phase with
  | Asking { repeat_at = at; _ } | Waiting at when now >= at -> try_again t ~now
  | Probing { times = Some { over_at; _ }; _ } when now >= over_at -> try_again t ~now
  | Probing { ack; times; until } when now >= until -> bound t ack times
  | (Holding times | Extending { times; _ }) when now >= times.over_at -> expire t ~now
  | Holding times when now >= times.renew_at -> extend t ~now times
  | Extending { times; rebinding = false; _ } when now >= times.rebind_at ->
      extend t ~now times
  | Extending { times; repeat_at; _ } when now >= repeat_at -> extend t ~now times
  | Asking _ | Waiting _ | Probing _ | Holding _ | Extending _ | Kept | Stopped -> (t, [])

let tick_claim t ~now =
  match (t.claim, t.phase) with
  | Some claim, (Holding _ | Extending _ | Kept) when now >= claim.next_at ->
      probe_again t ~now claim
  | _ -> (t, [])

let tick t ~now =
  let t, events = tick_phase t ~now in
  let t, probes = tick_claim t ~now in
  (t, events @ probes)

let words packet =
  match packet with
  | Ok { Dhcp_message.options; _ } ->
      List.find_map (function Dhcp_option.Message text -> Some text | _ -> None) options
  | Error _ -> None

let refused t ~now client frame =
  let words = words (Dhcp_message.pkt_of_buf frame (Cstruct.length frame)) in
  let lost = lost t "the server has taken the address back" in
  ({ (wait t ~now ~least_s:1) with client }, Refused words :: lost)

let request t ~now client packet =
  let t, asked = ask { t with client } ~now packet in
  let t, probed = claim_offered t ~now in
  (t, asked @ probed)

let answer t ~now client packet frame =
  if Dhcp_client.offered client = None then refused t ~now client frame
  else request t ~now client packet

let hear t ~now frame =
  let sent_at, rebinding =
    match t.phase with
    | Asking { sent_at; _ } -> (sent_at, false)
    | Extending { sent_at; rebinding; _ } -> (sent_at, rebinding)
    | Waiting _ | Probing _ | Holding _ | Kept | Stopped -> (now, false)
  in
  match (t.phase, Dhcp_client.input ~rebinding t.client frame) with
  | (Asking _ | Extending _), `New_lease (client, ack) -> granted t ~now client ack ~sent_at
  | (Asking _ | Extending _), `Response (client, packet) -> answer t ~now client packet frame
  | _ -> (t, [])

let input t ~now frame =
  let t, events = tick t ~now in
  let t, more = hear t ~now frame in
  (t, events @ more)

let arp t ~now packet =
  match t.claim with
  | Some claim when Dhcp_claim.disputes claim ~mac:t.mac packet -> dispute t ~now claim
  | Some _ | None -> (t, [])

let earliest a b = match (a, b) with Some a, Some b -> Some (min a b) | None, x | x, None -> x

let deadline t =
  let phase_at =
    match t.phase with
    | Asking { repeat_at = at; _ } | Waiting at | Probing { until = at; _ } -> Some at
    | Holding times -> Some times.renew_at
    | Extending { times; rebinding; repeat_at; _ } ->
        Some (min repeat_at (if rebinding then times.over_at else times.rebind_at))
    | Kept | Stopped -> None
  in
  match (t.claim, t.phase) with
  | Some claim, (Holding _ | Extending _ | Kept) -> earliest phase_at (Some claim.next_at)
  | _ -> phase_at
