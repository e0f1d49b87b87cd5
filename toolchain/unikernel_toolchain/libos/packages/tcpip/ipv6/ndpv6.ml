type buffer = Cstruct.t
type ipaddr = Ipaddr.V6.t
type prefix = Ipaddr.V6.Prefix.t
type time = int64
type context = Ndp_context.t
type output = Ndp_context.output

type event =
  [ `Tcp of ipaddr * ipaddr * buffer
  | `Udp of ipaddr * ipaddr * buffer
  | `Default of int * ipaddr * ipaddr * buffer ]

type news = Ndp_context.news =
  | Settled of ipaddr * Macaddr.t option
  | Name_servers of ipaddr * Ndp_name_servers.servers

open Ndp_context

let src_log = Logs.Src.create "ipv6" ~doc:"IPv6"

module Log = (val Logs.src_log src_log : Logs.LOG)

let ipaddr_of_cstruct b = Ipv6_layout.address_at b 0
let ipaddr_to_cstruct_raw ip b at = Ipv6_layout.set_address_at b at ip
let checksum pseudoheader buffers = Tcpip_checksum.ones_complement_list (pseudoheader :: buffers)
let get_ip t = Ndp_addresses.all t.addresses
let select_source t dst = Ndp_addresses.select t.addresses dst
let get_prefix t = Ndp_routes.prefixes t.routes
let get_routers t = Ndp_routes.routers t.routes
let hop_limit t = t.hop_limit
let mtu t = t.mtu
let deadline t = t.wake_at
let news t = t.news
let forget_news t = if t.news = [] then t else { t with news = [] }

(* {2 Time} *)

let act t (ip, action) =
  match action with
  | Ndp_neighbour.Ask_all -> ask t ip
  | Ask station -> ask t ~station ip
  | Nothing | Forget -> []

let forgotten ~now t = function
  | ip, Ndp_neighbour.Forget ->
      let routes = Ndp_routes.failed t.routes ~now ip in
      { t with routes; news = Settled (ip, None) :: t.news }
  | _ -> t

let tick ~now before =
  let nonce = nonce before ~now in
  let addresses, retried = Ndp_addresses.advance before.addresses ~now ~nonce in
  let routes = Ndp_routes.expire before.routes ~now in
  let cache, actions = Ndp_cache.tick before.timing ~now before.cache in
  let t = { before with addresses; routes; cache } in
  let t = List.fold_left (forgotten ~now) t actions in
  let questions = List.map detect_duplicate retried @ List.concat_map (act t) actions in
  let t, outputs = conclude t ~before ~now questions in
  let t, asked = solicit_routers t ~now in
  let t, outputs = conclude t ~before:t ~now (outputs @ asked) in
  (t, outputs)

let current ~now t = if now < t.wake_at then (t, []) else tick ~now t

(* {2 Configuration} *)

let add ~now before origin ip =
  let t, outputs = Ndp_receive.add_address before ~now origin Ndp_addresses.forever ip in
  conclude t ~before ~now outputs

let add_ip ~now t ip = add ~now t Configured ip

let add_prefix ~now:_ t prefix =
  { t with routes = Ndp_routes.configure_prefix t.routes prefix }

let add_routers ~now:_ t routers =
  { t with routes = List.fold_left Ndp_routes.configure_router t.routes routers }

let assume_on_link t = { t with routes = Ndp_routes.assume_on_link t.routes }

let local ?(handle_ra = true) ~now ~random mac =
  let salt = Int64.to_int (Cstruct.BE.get_uint64 (random 8) 0) in
  let t = Ndp_context.create ~handle_ra ~now ~salt mac in
  add ~now t Link_local (Ndp_context.link_local mac)

(* {2 Sending} *)

type route = Now of Macaddr.t | Later of ipaddr | No_route of string

(* [keep]: so many of the questions of a second are for others. *)
let ask_first t ~now ~keep ip =
  match Ndp_rate.spend ~keep ~now t.questions with
  | None -> (t, No_route "too many neighbours are being asked for", [])
  | Some questions ->
      let unknown = Ndp_neighbour.unknown t.timing ~now in
      let t, outputs = set_neighbour { t with questions } ~answered:false ip unknown in
      (soon t (Ndp_cache.deadline t.cache), Later ip, outputs @ ask t ip)

let to_neighbour t ~now ~keep ip =
  match Ndp_cache.find t.cache ip with
  | None -> ask_first t ~now ~keep ip
  | Some neighbour -> (
      let sending = Ndp_neighbour.sending ~now neighbour in
      match Ndp_neighbour.mac sending with
      | None -> (t, Later ip, [])
      | Some mac when sending == neighbour -> (t, Now mac, [])
      | Some mac ->
          let t, outputs = set_neighbour t ~answered:false ip sending in
          (soon t (Ndp_cache.deadline t.cache), Now mac, outputs))

let no_router dst = Format.asprintf "no router to reach %a" Ipaddr.V6.pp dst

let towards t ~now ~keep dst =
  if Ipaddr.V6.is_multicast dst then (t, Now (mac_of_multicast dst), [])
  else
    match Ndp_routes.next_hop t.routes ~usable:(reachable t) dst with
    | None -> (t, No_route (no_router dst), [])
    | Some ip -> to_neighbour t ~now ~keep ip

let has_other_way t dst ~than =
  match Ndp_routes.next_hop t.routes ~usable:(reachable t) dst with
  | Some hop -> Ipaddr.V6.compare hop than <> 0
  | None -> false

let route ~now t dst =
  if now < t.wake_at then towards t ~now ~keep:0 dst
  else
    let t, first = tick ~now t in
    let t, route, outputs = towards t ~now ~keep:0 dst in
    (t, route, first @ outputs)

let deliver (t, route, outputs) packet =
  match route with
  | Now mac -> (t, outputs @ [ output mac packet ])
  | Later ip -> ({ t with cache = Ndp_cache.queue t.cache ip packet }, outputs)
  | No_route _ -> (t, outputs)

let send ~now t dst proto size fill =
  let t, first = current ~now t in
  let next_header = Ipv6_layout.protocol_to_int proto in
  let src = select_source t dst in
  let header = { Ipv6_packet.src; dst; hop_limit = t.hop_limit; next_header } in
  let head = Ipv6_packet.Marshal.make_cstruct ~payload_len:0 header in
  let payload = Cstruct.create size in
  let payload_len = fill head payload in
  let head = Ipv6_packet.Marshal.make_cstruct ~payload_len header in
  let packet = Cstruct.append head (Cstruct.sub payload 0 payload_len) in
  let t, outputs = deliver (towards t ~now ~keep:0 dst) packet in
  (t, first @ outputs)

(* What strangers make us send leaves half of the questions to what we want to
   send. *)
let kept_from_strangers = questions_per_second / 2

let answer t ~now dst packet = deliver (towards t ~now ~keep:kept_from_strangers dst) packet

(* {2 Receiving} *)

(* An echo longer than one packet is cut as it came: by the shell's MTU. *)
let echo t ~now ~src ~dst id data =
  let own = if Ipaddr.V6.is_multicast dst then select_source t src else dst in
  let reply = icmp ~hop_limit:t.hop_limit ~src:own ~dst:src (Echo_reply (id, data)) in
  let t, outputs = answer t ~now src reply in
  (t, outputs, [])

(* Of two hosts that have just started, neither may ask with its station (RFC 4429),
   and so neither could answer the other: all are told, in a way that changes
   no cache. *)
let to_all t target =
  let packet = advertisement t ~dst:all_nodes target in
  [ output (mac_of_multicast all_nodes) packet ]

(* To the sender itself, whatever the routes say: it is on this link (RFC 4861,
   section 7.2.4). *)
let solicited t ~now ~src ~target sender =
  let t, outputs = Ndp_receive.told t src sender in
  match Ndp_rate.spend ~now t.answers with
  | None -> (t, outputs)
  | Some answers -> (
      let packet = advertisement t ~dst:src target in
      let way = to_neighbour { t with answers } ~now ~keep:kept_from_strangers src in
      let t, answered = deliver way packet in
      match way with
      | _, Later _, _ when Ndp_addresses.tentative t.addresses target <> None ->
          (t, outputs @ answered @ to_all t target)
      | _ -> (t, outputs @ answered))

let neighbour_solicitation t ~now ~random ~src ~dst target sender nonce =
  if not (unspecified src) then
    if Ndp_addresses.mem t.addresses target then solicited t ~now ~src ~target sender
    else (t, [])
  else if sender = None && Ipaddr.V6.compare dst (solicited_node target) = 0 then
    Ndp_receive.detection t ~now ~random ~target nonce
  else (t, [])

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
  whole : buffer;  (** the packet, to be quoted *)
  fragmented : bool;  (** it had a fragment header *)
}

let is_alert whole =
  let first = Ipv6_layout.get_ipv6_nhdr whole in
  Ipv6_packet.router_alert ~first (Cstruct.shift whole Ipv6_layout.sizeof_ipv6)

let upward t ~src ~dst packet =
  (t, [], [ `Default (Ipv6_layout.protocol_to_int `ICMP, src, dst, packet) ])

(* Redirects are ignored: the router they come from forwards what it gets (RFC
   4861, section 8.3: honouring them is optional), and who believes them can be
   led elsewhere. *)
let icmp_message t ~now ~random a packet message =
  let { Ipv6_packet.src; dst; hop_limit; _ } = a.header in
  let quietly (t, outputs) = (t, outputs, []) in
  match message with
  | Icmpv6_packet.Echo_request _ when unspecified src -> (t, [], [])
  | Echo_request (id, data) -> echo t ~now ~src ~dst id data
  | Echo_reply _ -> upward t ~src ~dst packet
  | Router_advertisement _ when not t.handle_ra -> (t, [], [])
  | Router_advertisement ra -> quietly (Ndp_receive.router_advertisement t ~now ~src ra)
  | Neighbour_solicitation { target; sender; nonce } ->
      quietly (neighbour_solicitation t ~now ~random ~src ~dst target sender nonce)
  | Neighbour_advertisement na when na.solicited && Ipaddr.V6.is_multicast dst -> (t, [], [])
  | Neighbour_advertisement na ->
      quietly (Ndp_receive.neighbour_advertisement t ~now ~random na)
  | Router_solicitation _ -> (t, [], [])
  | Other (ty, _, _, _) when Icmpv6_error.is_error ty -> upward t ~src ~dst packet
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
        let t, outputs = conclude t ~before ~now outputs in
        (t, outputs, events)
    | Ok _ -> (before, [], [])
    | Error why ->
        Log.debug (fun m -> m "ICMPv6 from %a dropped: %s" Ipaddr.V6.pp src why);
        (before, [], [])

let transport t ~now ~random a proto payload =
  let { Ipv6_packet.src; dst; _ } = a.header in
  match (Ipv6_layout.int_to_protocol proto : Mirage_protocols.Ip.proto option) with
  | Some `ICMP -> icmp_packet t ~now ~random a payload
  | _ when unspecified src -> (t, [], [])
  | Some `TCP -> (t, [], [ `Tcp (src, dst, payload) ])
  | Some `UDP -> (t, [], [ `Udp (src, dst, payload) ])
  | None -> (t, [], [ `Default (proto, src, dst, payload) ])

let max_payload_bytes = 0xffff

(* The next header of the first fragment travels as the datagram's option. *)
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
  match if wanted then Ndp_rate.spend ~now t.errors else None with
  | None -> (t, [])
  | Some errors ->
      let room = 1280 - Ipv6_layout.sizeof_ipv6 - Ipv6_layout.sizeof_icmpv6 in
      let quoted = Cstruct.sub a.whole 0 (min room (Cstruct.length a.whole)) in
      let pointer = Int32.of_int problem.pointer in
      let message = Icmpv6_packet.Other (4, problem.code, pointer, quoted) in
      let own = if to_group then select_source t src else dst in
      let packet = icmp ~hop_limit:t.hop_limit ~src:own ~dst:src message in
      answer { t with errors } ~now src packet

let refuse t ~now a (refusal : Ipv6_packet.refusal) =
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
  | Error refusal -> refuse t ~now a refusal
  | Ok Nothing -> (t, [], [])
  | Ok (Transport (proto, payload)) -> transport t ~now ~random a proto payload
  | Ok (Fragment _) when a.fragmented -> (t, [], [])
  | Ok (Fragment f) when f.offset = 0 && f.last ->
      content t ~now ~random { a with fragmented = true } ~first:f.protocol f.piece
  | Ok (Fragment f) -> fragment t ~now ~random a f

and fragment t ~now ~random a f =
  match if f.offset = 0 then Ipv6_packet.first_fragment f else Ok () with
  | Error refusal -> refuse t ~now a refusal
  | Ok () -> (
      match reassemble t ~now a.header f with
      | t, None -> (t, [], [])
      | t, Some (first, payload) ->
          content t ~now ~random { a with fragmented = true } ~first payload)

(* While an address is tentative, who else has it objects from it. *)
let plausible t src =
  (not (Ipaddr.V6.is_multicast src))
  && Ipaddr.V6.compare src Ipaddr.V6.localhost <> 0
  && ((not (Ndp_addresses.mem t.addresses src))
     || Ndp_addresses.tentative t.addresses src <> None)

let handle_now ~now ~random t buffer =
  match Ipv6_packet.Unmarshal.of_cstruct buffer with
  | Ok (header, payload) when accepts t header.dst && plausible t header.src ->
      let whole = Cstruct.sub buffer 0 (Ipv6_layout.sizeof_ipv6 + Cstruct.length payload) in
      let arrival = { header; whole; fragmented = false } in
      content t ~now ~random arrival ~first:header.next_header payload
  | Ok _ | Error _ -> (t, [], [])

let handle ~now ~random t buffer =
  if now < t.wake_at then handle_now ~now ~random t buffer
  else
    let t, first = tick ~now t in
    let t, outputs, events = handle_now ~now ~random t buffer in
    (t, first @ outputs, events)
