type buffer = Cstruct.t
type ipaddr = Ipaddr.V6.t
type prefix = Ipaddr.V6.Prefix.t
type time = int64
type context = Ndp_context.t
type output = Ndp_packets.output

type event = Ndp_input.event

type notification = Ndp_context.notification =
  | Resolved of ipaddr * Macaddr.t option
  | Name_servers of ipaddr * Ndp_name_servers.servers

open Ndp_context

let ipaddr_of_cstruct b = Ipv6_layout.address_at b 0
let ipaddr_to_cstruct_raw ip b at = Ipv6_layout.set_address_at b at ip
let checksum pseudoheader buffers = Tcpip_checksum.ones_complement_list (pseudoheader :: buffers)
let get_ip t = Ndp_addresses.all t.addresses
let select_source t dst = Ndp_addresses.select t.addresses dst
let get_prefix t = Ndp_routes.prefixes t.routes
let get_routers t = Ndp_routes.routers t.routes
let is_invalid = Ndp_context.is_invalid
let hop_limit t = t.hop_limit
let mtu t = t.mtu
let deadline t = t.wake_at
let tick = Ndp_upkeep.tick
let notifications t = t.notifications
let name_servers_of t = Ndp_name_servers.routers t.name_servers
let clear_notifications t = if t.notifications = [] then t else { t with notifications = [] }

(* {2 Configuration} *)

let add ~now before origin ip =
  let t, outputs = Ndp_receive.add_address before ~now origin Ndp_addresses.forever ip in
  Ndp_upkeep.conclude t ~before ~now outputs

let add_ip ~now t ip = add ~now t Configured ip

let add_prefix ~now:_ t prefix =
  { t with routes = Ndp_routes.configure_prefix t.routes prefix }

let add_routers ~now:_ t routers =
  { t with routes = List.fold_left Ndp_routes.configure_router t.routes routers }

let assume_on_link t = { t with routes = Ndp_routes.assume_on_link t.routes }

let local ?(handle_ra = true) ~now ~random mac =
  let salt = Int64.to_int (Cstruct.BE.get_uint64 (random 8) 0) in
  let t = Ndp_context.create ~handle_ra ~now ~salt mac in
  add ~now t Link_local (Ndp_packets.link_local mac)

(* {2 Sending} *)

type route = Ndp_send.route = Now of Macaddr.t | Later of ipaddr | No_route of string

let has_other_route = Ndp_send.has_other_route
let route = Ndp_send.route

let send ~now t dst proto size fill =
  let t, first = Ndp_upkeep.current ~now t in
  let next_header = Ipv6_layout.protocol_to_int proto in
  let src = select_source t dst in
  let header = { Ipv6_packet.src; dst; hop_limit = t.hop_limit; next_header } in
  let head = Ipv6_packet.Marshal.make_cstruct ~payload_len:0 header in
  let payload = Cstruct.create size in
  let payload_len = fill head payload in
  let head = Ipv6_packet.Marshal.make_cstruct ~payload_len header in
  let packet = Cstruct.append head (Cstruct.sub payload 0 payload_len) in
  let t, outputs = Ndp_send.(deliver (route_to t ~now ~reserve:0 dst) packet) in
  (t, first @ outputs)

(* {2 Receiving} *)

let handle = Ndp_input.handle
