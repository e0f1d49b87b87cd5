(* A packet in: destination and source, extension headers, fragments, then ICMPv6 or the
   protocol above. The common packet, TCP without extensions, takes the first branch
   of [handle_now] and allocates next to nothing. *)

type event =
  [ `Tcp of Ipaddr.V6.t * Ipaddr.V6.t * Cstruct.t
  | `Udp of Ipaddr.V6.t * Ipaddr.V6.t * Cstruct.t
  | `Default of int * Ipaddr.V6.t * Ipaddr.V6.t * Cstruct.t ]

open Ndp_context
open Ndp_packets
open Ndp_send

let src_log = Logs.Src.create "ipv6" ~doc:"IPv6"

module Log = (val Logs.src_log src_log : Logs.LOG)

(* An echo longer than one packet is cut as it came: by the shell's MTU. *)
let echo t ~now ~src ~dst id data =
  let own = if Ipaddr.V6.is_multicast dst then Ndp_addresses.select t.addresses src else dst in
  let reply = icmp ~hop_limit:t.hop_limit ~src:own ~dst:src (Echo_reply (id, data)) in
  let t, outputs = answer t ~now src reply in
  (t, outputs, [])

(* Of two hosts that have just started, neither may ask with its station (RFC 4429),
   and so neither could answer the other: all are told, in a way that changes
   no cache. *)
let advertise_to_all t target =
  let packet = advertisement t ~dst:all_nodes target in
  [ output (mac_of_multicast all_nodes) packet ]

(* To the sender itself, whatever the routes say: it is on this link (RFC 4861,
   section 7.2.4). *)
let solicited t ~now ~src ~target sender =
  let t, outputs = Ndp_receive.learn_sender t src sender in
  match Token_bucket.take ~now t.advertisements with
  | None -> (t, outputs)
  | Some advertisements -> (
      let packet = advertisement t ~dst:src target in
      let way = to_neighbour { t with advertisements } ~now ~reserve:reserved_solicitations src in
      let t, answered = deliver way packet in
      match way with
      | _, Later _, _ when Ndp_addresses.tentative t.addresses target <> None ->
          (t, outputs @ answered @ advertise_to_all t target)
      | _ -> (t, outputs @ answered))

let neighbour_solicitation t ~now ~random ~src ~dst target sender nonce =
  if not (unspecified src) then
    if Ndp_addresses.mem t.addresses target then solicited t ~now ~src ~target sender
    else (t, [])
  else if sender = None && Ipaddr.V6.compare dst (solicited_node target) = 0 then
    Ndp_receive.duplicate_solicitation t ~now ~random ~target nonce
  else (t, [])

(* RFC 3810, section 6.2: queries come from a link-local address, with a hop limit of 1
   and the router alert option. *)
let listener_message t ~now ~src ~hop_limit ~alert message =
  let from_link = Ipaddr.V6.Prefix.mem src Ipaddr.V6.Prefix.link in
  match Mld_packet.parse message with
  | Some (Query query) when from_link && hop_limit = 1 && alert ->
      let random = below t ~now in
      { t with groups = Mld_listener.query t.groups ~now ~random query }
  | Some (Report_1 group) when hop_limit = 1 ->
      { t with groups = Mld_listener.reported t.groups group }
  | _ ->
      Log.debug (fun m ->
          m "from %a, ignored: %a" Ipaddr.V6.pp src Icmpv6_packet.pp message);
      t

type arrival = {
  header : Ipv6_packet.t;
  whole : Cstruct.t;  (** the packet, to be quoted *)
  fragmented : bool;  (** it had a fragment header *)
}

let is_alert whole =
  let first = Ipv6_layout.get_ipv6_nhdr whole in
  Ipv6_packet.router_alert ~first (Cstruct.shift whole Ipv6_layout.sizeof_ipv6)

let pass_up t ~src ~dst packet =
  (t, [], [ `Default (icmp_number, src, dst, packet) ])

(* Redirects are ignored: the router they come from forwards what it gets (RFC
   4861, section 8.3: honouring them is optional), and a host that follows them can be
   led elsewhere. *)
let icmp_message t ~now ~random a packet message =
  let { Ipv6_packet.src; dst; hop_limit; _ } = a.header in
  let without_events (t, outputs) = (t, outputs, []) in
  match message with
  | Icmpv6_packet.Echo_request _ when unspecified src -> (t, [], [])
  | Echo_request (id, data) -> echo t ~now ~src ~dst id data
  | Echo_reply _ -> pass_up t ~src ~dst packet
  | Router_advertisement _ when not t.handle_ra -> (t, [], [])
  | Router_advertisement ra -> without_events (Ndp_receive.router_advertisement t ~now ~src ra)
  | Neighbour_solicitation { target; sender; nonce } ->
      without_events (neighbour_solicitation t ~now ~random ~src ~dst target sender nonce)
  | Neighbour_advertisement na when na.solicited && Ipaddr.V6.is_multicast dst -> (t, [], [])
  | Neighbour_advertisement na ->
      without_events (Ndp_receive.neighbour_advertisement t ~now ~random na)
  | Router_solicitation _ -> (t, [], [])
  | Other (ty, _, _, _) when Icmpv6_error.is_error ty -> pass_up t ~src ~dst packet
  | Other _ ->
      let alert = is_alert a.whole in
      (listener_message t ~now ~src ~hop_limit ~alert message, [], [])

(* Neighbour discovery is never fragmented (RFC 6980). *)
let is_discovery = function
  | Icmpv6_packet.Echo_request _ | Echo_reply _ | Other _ -> false
  | _ -> true

let icmp_packet before ~now ~random a packet =
  let { Ipv6_packet.src; dst; hop_limit; _ } = a.header in
  if not (Icmpv6_packet.checksum_ok ~src ~dst packet) then (before, [], [])
  else
    match Icmpv6_packet.parse ~hop_limit packet with
    | Ok message when not (a.fragmented && is_discovery message) ->
        let t, outputs, events = icmp_message before ~now ~random a packet message in
        let t, outputs = Ndp_upkeep.conclude t ~before ~now outputs in
        (t, outputs, events)
    | Ok _ -> (before, [], [])
    | Error why ->
        Log.debug (fun m -> m "ICMPv6 from %a dropped: %s" Ipaddr.V6.pp src why);
        (before, [], [])

let tcp = Ipv6_layout.protocol_to_int `TCP
let udp = Ipv6_layout.protocol_to_int `UDP

let dispatch t (header : Ipv6_packet.t) proto payload =
  let { Ipv6_packet.src; dst; _ } = header in
  if unspecified src then (t, [], [])
  else if proto = tcp then (t, [], [ `Tcp (src, dst, payload) ])
  else if proto = udp then (t, [], [ `Udp (src, dst, payload) ])
  else (t, [], [ `Default (proto, src, dst, payload) ])

let transport t ~now ~random a proto payload =
  if proto = icmp_number then icmp_packet t ~now ~random a payload
  else dispatch t a.header proto payload

let max_payload_bytes = 0xffff

(* The next header of the first fragment travels as the datagram's option. *)
(* The key has no next header, other than IPv4's: RFC 8200, section 4.5. *)
let reassemble t ~now (header : Ipv6_packet.t) (f : Ipv6_packet.fragment) =
  let options = Cstruct.of_string (String.make 1 (Char.chr f.protocol)) in
  let key = (header.src, header.dst, f.id) in
  let arrival =
    { Ip_reassembly.offset = f.offset; last = f.last; options; payload = f.piece }
  in
  let fragments, datagram =
    Fragments.arrive t.fragments ~now ~max_bytes:max_payload_bytes key arrival
  in
  let whole (options, payload) = (Cstruct.get_uint8 options 0, payload) in
  ({ t with fragments }, Option.map whole datagram)

(* No error about what a group or nobody in particular sent, and none longer than
   every link takes (RFC 4443, section 2.4). *)
let parameter_problem t ~now a (problem : Ipv6_packet.problem) =
  let { Ipv6_packet.src; dst; _ } = a.header in
  let to_group = Ipaddr.V6.is_multicast dst in
  let wanted = (not (unspecified src)) && (problem.to_groups || not to_group) in
  match if wanted then Token_bucket.take ~now t.errors else None with
  | None -> (t, [])
  | Some errors ->
      let room = 1280 - Ipv6_layout.sizeof_ipv6 - Ipv6_layout.sizeof_icmpv6 in
      let quoted = Cstruct.sub a.whole 0 (min room (Cstruct.length a.whole)) in
      let pointer = Int32.of_int problem.pointer in
      let message = Icmpv6_packet.Other (4, problem.code, pointer, quoted) in
      let own = if to_group then Ndp_addresses.select t.addresses src else dst in
      let packet = icmp ~hop_limit:t.hop_limit ~src:own ~dst:src message in
      answer { t with errors } ~now src packet

let reject t ~now a (refusal : Ipv6_packet.refusal) =
  Log.debug (fun m -> m "from %a dropped: %s" Ipaddr.V6.pp a.header.src refusal.why);
  match refusal.problem with
  | Some problem when not a.fragmented ->
      let t, outputs = parameter_problem t ~now a problem in
      (t, outputs, [])
  | _ -> (t, [], [])

(* A fragment alone is the packet itself (RFC 6946); fragments of fragments are
   none of ours. *)
let rec content t ~now ~random a ~first payload =
  match Ipv6_packet.content ~first payload with
  | Error refusal -> reject t ~now a refusal
  | Ok Nothing -> (t, [], [])
  | Ok (Transport (proto, payload)) -> transport t ~now ~random a proto payload
  | Ok (Fragment _) when a.fragmented -> (t, [], [])
  | Ok (Fragment f) when f.offset = 0 && f.last ->
      content t ~now ~random { a with fragmented = true } ~first:f.protocol f.piece
  | Ok (Fragment f) -> fragment t ~now ~random a f

and fragment t ~now ~random a f =
  match if f.offset = 0 then Ipv6_packet.first_fragment f else Ok () with
  | Error refusal -> reject t ~now a refusal
  | Ok () -> (
      match reassemble t ~now a.header f with
      | t, None -> (t, [], [])
      | t, Some (first, payload) ->
          content t ~now ~random { a with fragmented = true } ~first payload)

(* Only then can it be the unspecified address or the loopback's. *)
let from_zero buffer = Cstruct.BE.get_uint32 buffer 8 = 0l
let is_loopback = same Ipaddr.V6.localhost

(* While an address is tentative, who else has it objects from it. *)
let valid_source t buffer src =
  (not (Ipaddr.V6.is_multicast src))
  && (not (from_zero buffer && is_loopback src))
  && ((not (Ndp_addresses.mem t.addresses src))
      || Ndp_addresses.tentative t.addresses src <> None)

let whole buffer payload =
  Cstruct.sub buffer 0 (Ipv6_layout.sizeof_ipv6 + Cstruct.length payload)

(* Most packets have no extension header, and are no ICMP. *)
let handle_now ~now ~random t buffer =
  match Ipv6_packet.Unmarshal.of_cstruct buffer with
  | Ok (header, payload) when accepts t header.dst && valid_source t buffer header.src ->
      let first = header.next_header in
      if first = tcp && not (from_zero buffer) then
        (t, [], [ `Tcp (header.src, header.dst, payload) ])
      else
        let arrival = { header; whole = whole buffer payload; fragmented = false } in
        content t ~now ~random arrival ~first payload
  | Ok _ | Error _ -> (t, [], [])

let handle ~now ~random t buffer =
  if now < t.wake_at then handle_now ~now ~random t buffer
  else
    let t, first = Ndp_upkeep.tick ~now t in
    let t, outputs, events = handle_now ~now ~random t buffer in
    (t, first @ outputs, events)
