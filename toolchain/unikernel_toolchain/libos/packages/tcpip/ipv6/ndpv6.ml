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

open Ndp_context

let src_log = Logs.Src.create "ipv6" ~doc:"IPv6"

module Log = (val Logs.src_log src_log : Logs.LOG)

let ipaddr_of_cstruct b = Ipv6_wire.address_at b 0
let ipaddr_to_cstruct_raw ip b at = Ipv6_wire.set_address_at b at ip
let checksum pseudoheader buffers = Tcpip_checksum.ones_complement_list (pseudoheader :: buffers)
let get_ip t = Ndp_addresses.all t.addresses
let select_source ~now t dst = Ndp_addresses.select t.addresses ~now dst
let get_prefix t = Ndp_routes.prefixes t.routes
let get_routers t = Ndp_routes.routers t.routes
let hop_limit t = t.hop_limit
let add_ip ~now t ip = Ndp_receive.add_address t ~now Ndp_addresses.forever ip

let add_prefix ~now:_ t prefix =
  { t with routes = Ndp_routes.add_prefix t.routes ~until:None prefix }

let add_routers ~now:_ t routers =
  let add routes router = Ndp_routes.add_router routes ~until:None router in
  { t with routes = List.fold_left add t.routes routers }

let local ~now ~random:_ mac =
  let t = Ndp_context.create mac in
  add_ip ~now t (Ndp_context.link_local mac)

(* {2 Sending} *)

type route = Now of Macaddr.t | Later of ipaddr | No_route

let reachable t router =
  Option.is_some (Option.bind (Ndp_cache.find t.cache router) Ndp_neighbour.mac)

let ask_first t ~now ip =
  let cache, _ = Ndp_cache.set t.cache ip (Ndp_neighbour.unknown t.timing ~now) in
  ({ t with cache }, Later ip, [ ask t ~now ip ])

let to_neighbour t ~now ip =
  match Ndp_cache.find t.cache ip with
  | None -> ask_first t ~now ip
  | Some neighbour -> (
      let sending = Ndp_neighbour.sending t.timing ~now neighbour in
      let t =
        if sending == neighbour then t
        else { t with cache = fst (Ndp_cache.set t.cache ip sending) }
      in
      match Ndp_neighbour.mac sending with
      | Some mac -> (t, Now mac, [])
      | None -> (t, Later ip, []))

let route ~now t dst =
  if Ipaddr.V6.is_multicast dst then (t, Now (mac_of_multicast dst), [])
  else
    match Ndp_routes.next_hop t.routes ~usable:(reachable t) dst with
    | None -> (t, No_route, [])
    | Some ip -> to_neighbour t ~now ip

let neighbour t ip =
  match Ndp_cache.find t.cache ip with
  | None -> `Unknown
  | Some neighbour -> (
      match Ndp_neighbour.mac neighbour with Some mac -> `Known mac | None -> `Asked)

let enqueue t ip packet = { t with cache = Ndp_cache.queue t.cache ip packet }

let send_packet ~now t dst packet =
  match route ~now t dst with
  | t, Now mac, outputs -> (t, outputs @ [ output mac packet ])
  | t, Later ip, outputs -> (enqueue t ip packet, outputs)
  | t, No_route, outputs -> (t, outputs)

let send ~now t dst proto size fill =
  let next_header = Ipv6_wire.protocol_to_int proto in
  let src = select_source ~now t dst in
  let header = { Ipv6_packet.src; dst; hop_limit = t.hop_limit; next_header } in
  let head = Ipv6_packet.Marshal.make_cstruct ~payload_len:0 header in
  let payload = Cstruct.create size in
  let payload_len = fill head payload in
  let head = Ipv6_packet.Marshal.make_cstruct ~payload_len header in
  send_packet ~now t dst (Cstruct.append head (Cstruct.sub payload 0 payload_len))

(* {2 Receiving} *)

(* An echo longer than one packet is cut as it came: by the shell's MTU. *)
let echo t ~now ~src ~dst id data =
  let own = if Ipaddr.V6.is_multicast dst then select_source ~now t src else dst in
  let reply = icmp ~hop_limit:t.hop_limit ~src:own ~dst:src (Echo_reply (id, data)) in
  let t, outputs = send_packet ~now t src reply in
  (t, outputs, [])

let without_events (t, outputs) = (t, outputs, [])

let upward t ~src ~dst packet =
  (t, [], [ `Default (Ipv6_wire.protocol_to_int `ICMP, src, dst, packet) ])

let icmp_message t ~now ~src ~dst packet = function
  | Icmpv6_packet.Echo_request (id, data) -> echo t ~now ~src ~dst id data
  | Echo_reply _ -> upward t ~src ~dst packet
  | Router_advertisement ra ->
      without_events (Ndp_receive.router_advertisement t ~now ~src ra)
  | Neighbour_solicitation { target; sender } ->
      without_events (Ndp_receive.neighbour_solicitation t ~now ~src ~target sender)
  | Neighbour_advertisement na ->
      without_events (Ndp_receive.neighbour_advertisement t ~now na)
  | Router_solicitation _ -> (t, [], [])
  | Other (ty, _, _, _) as message ->
      Log.debug (fun m -> m "from %a: %a" Ipaddr.V6.pp src Icmpv6_packet.pp message);
      if Icmpv6_error.is_error ty then upward t ~src ~dst packet else (t, [], [])

let icmp_packet t ~now (header : Ipv6_packet.t) packet =
  let { Ipv6_packet.src; dst; hop_limit; _ } = header in
  if not (Icmpv6_packet.checksum_ok ~src ~dst packet) then (t, [], [])
  else
    match Icmpv6_packet.parse ~hop_limit packet with
    | Ok message -> icmp_message t ~now ~src ~dst packet message
    | Error why ->
        Log.debug (fun m -> m "ICMPv6 from %a dropped: %s" Ipaddr.V6.pp src why);
        (t, [], [])

let transport t ~now (header : Ipv6_packet.t) proto payload =
  let { Ipv6_packet.src; dst; _ } = header in
  match Ipv6_wire.int_to_protocol proto with
  | Some `TCP -> (t, [], [ `Tcp (src, dst, payload) ])
  | Some `UDP -> (t, [], [ `Udp (src, dst, payload) ])
  | Some `ICMP -> icmp_packet t ~now header payload
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

let rec content t ~now header ~first payload =
  match Ipv6_packet.content ~first payload with
  | Error why ->
      Log.debug (fun m -> m "dropped: %s" why);
      (t, [], [])
  | Ok Nothing -> (t, [], [])
  | Ok (Transport (proto, payload)) -> transport t ~now header proto payload
  | Ok (Fragment f) when f.offset = 0 && f.last ->
      content t ~now header ~first:f.protocol f.piece
  | Ok (Fragment f) -> (
      match reassemble t ~now header f with
      | t, None -> (t, [], [])
      | t, Some (first, payload) -> content t ~now header ~first payload)

(* While an address is tentative, who else has it objects from it. *)
let plausible t ~now src =
  (not (Ipaddr.V6.is_multicast src))
  && ((not (Ndp_addresses.mem t.addresses src))
     || Ndp_addresses.tentative t.addresses ~now src)

let handle ~now ~random:_ t buffer =
  match Ipv6_packet.Unmarshal.of_cstruct buffer with
  | Ok (header, payload) when accepts t header.dst && plausible t ~now header.src ->
      content t ~now header ~first:header.next_header payload
  | Ok _ | Error _ -> (t, [], [])

(* {2 Time} *)

let solicit_routers t ~now =
  match t.solicit_routers with
  | Some (times, at) when now >= at ->
      let next = Int64.add now Ndp_timing.router_solicitation_interval in
      let times = times + 1 in
      let more = times < Ndp_timing.max_router_solicitations in
      let solicit_routers = if more then Some (times, next) else None in
      ({ t with solicit_routers }, [ ask_routers t ~now ])
  | _ -> (t, [])

let act t ~now (ip, action) =
  match action with
  | Ndp_neighbour.Ask_all -> Some (ask t ~now ip)
  | Ask station -> Some (ask t ~now ~station ip)
  | Nothing | Forget -> None

let tick ~now t =
  let addresses = Ndp_addresses.expire t.addresses ~now in
  let routes = Ndp_routes.expire t.routes ~now in
  let cache, actions = Ndp_cache.tick t.timing ~now t.cache in
  let t, solicitations = solicit_routers { t with addresses; routes; cache } ~now in
  (t, solicitations @ List.filter_map (act t ~now) actions)
