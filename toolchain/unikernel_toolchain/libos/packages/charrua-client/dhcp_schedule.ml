type event =
  | Send of Dhcp_message.pkt
  | Bound of Dhcp_message.pkt
  | Expired
  | Gave_up of string

type lease_times = { renew_at : int64; rebind_at : int64; over_at : int64 }

type phase =
  | Asking of { attempt : int; repeat_at : int64 }
  | Holding of lease_times
  | Extending of { times : lease_times; rebinding : bool; repeat_at : int64 }
  | Kept  (** a lease that is never extended *)
  | Stopped

type t = {
  client : Dhcp_client.t;
  phase : phase;
  renew : bool;
  ever_bound : bool;
}

let max_attempts = 6
let longest_pause_s = 8
let shortest_extension_pause_s = 60

let lease t = Dhcp_client.lease t.client

let pause attempt =
  Duration.of_sec (min longest_pause_s (1 lsl min attempt longest_pause_s))

let ask t ~now ~attempt packet =
  let repeat_at = Int64.add now (pause attempt) in
  ({ t with phase = Asking { attempt; repeat_at } }, [ Send packet ])

let start ?requests ?(renew = true) ~now ~xid mac =
  let client, packet = Dhcp_client.create ?requests xid mac in
  ask { client; phase = Stopped; renew; ever_bound = false } ~now ~attempt:0 packet

(* {2 Leases} *)

let infinite = 0xffff_ffffl

let seconds s = Int64.mul (Int64.logand (Int64.of_int32 s) 0xffff_ffffL) 1_000_000_000L

(* T1 and T2 default to 1/2 and 7/8 of the lease; a server's own must be in
   this order to make sense. *)
let lease_times ~now options =
  let find value = List.find_map value options in
  match find (function Dhcp_option.Ip_lease_time s -> Some s | _ -> None) with
  | None -> None
  | Some s when Int32.equal s infinite -> None
  | Some s ->
      let length = seconds s in
      let t1 = Option.map seconds (find (function Renewal_t1 s -> Some s | _ -> None)) in
      let t2 = Option.map seconds (find (function Rebinding_t2 s -> Some s | _ -> None)) in
      let t2 = Option.value t2 ~default:Int64.(div (mul length 7L) 8L) in
      let t2 = min t2 length in
      let t1 = min (Option.value t1 ~default:(Int64.div length 2L)) t2 in
      let at span = Int64.add now span in
      Some { renew_at = at t1; rebind_at = at t2; over_at = at length }

let bound t ~now client (ack : Dhcp_message.pkt) =
  let phase =
    match lease_times ~now ack.options with
    | Some times when t.renew -> Holding times
    | _ -> Kept
  in
  ({ t with client; phase; ever_bound = true }, [ Bound ack ])

(* Half of what is left, but not more often than once a minute. *)
let extension_pause ~now until =
  let left = Int64.sub until now in
  let half = max (Int64.div left 2L) (Duration.of_sec shortest_extension_pause_s) in
  Int64.add now (min (max left 1L) half)

let extend t ~now times =
  let rebinding = now >= times.rebind_at in
  let ask = if rebinding then Dhcp_client.rebind else Dhcp_client.renew in
  let until = if rebinding then times.over_at else times.rebind_at in
  match ask t.client with
  | `Noop -> (t, [])
  | `Response (client, packet) ->
      let repeat_at = extension_pause ~now until in
      ({ t with client; phase = Extending { times; rebinding; repeat_at } }, [ Send packet ])

(* {2 Events} *)

let input t ~now frame =
  match (t.phase, Dhcp_client.input t.client frame) with
  | Stopped, _ | _, `Noop -> (t, [])
  | _, `New_lease (client, ack) -> bound t ~now client ack
  | phase, `Response (client, packet) ->
      let lost = Option.is_some (lease t) && Option.is_none (Dhcp_client.lease client) in
      let attempt = match phase with Asking { attempt; _ } -> attempt | _ -> 0 in
      let t, events = ask { t with client } ~now ~attempt packet in
      (t, if lost then Expired :: events else events)

let begin_anew t ~now ~attempt =
  let client, packet = Dhcp_client.restart t.client in
  ask { t with client } ~now ~attempt packet

let give_up t =
  let why = Printf.sprintf "no DHCP server answered %d requests" max_attempts in
  ({ t with phase = Stopped }, [ Gave_up why ])

let expire t ~now =
  let t, events = begin_anew t ~now ~attempt:0 in
  (t, Expired :: events)

let tick t ~now =
  match t.phase with
  | Asking { attempt; repeat_at } when now >= repeat_at ->
      if attempt + 1 >= max_attempts && not t.ever_bound then give_up t
      else begin_anew t ~now ~attempt:(attempt + 1)
  | Holding times when now >= times.renew_at -> extend t ~now times
  | Extending { times; _ } when now >= times.over_at -> expire t ~now
  | Extending { times; rebinding = false; _ } when now >= times.rebind_at ->
      extend t ~now times
  | Extending { times; repeat_at; _ } when now >= repeat_at -> extend t ~now times
  | Asking _ | Holding _ | Extending _ | Kept | Stopped -> (t, [])

let deadline t =
  match t.phase with
  | Asking { repeat_at; _ } -> Some repeat_at
  | Holding times -> Some times.renew_at
  | Extending { times; rebinding; repeat_at } ->
      let until = if rebinding then times.over_at else times.rebind_at in
      Some (min repeat_at until)
  | Kept | Stopped -> None
