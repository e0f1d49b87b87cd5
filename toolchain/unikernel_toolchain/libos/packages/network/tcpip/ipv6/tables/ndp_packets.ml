type output = Macaddr.t * int * (Cstruct.t -> int)

(* {2 Addresses} *)

let all_nodes = Ipaddr.V6.of_string_exn "ff02::1"
let all_routers = Ipaddr.V6.of_string_exn "ff02::2"
let all_mld_routers = Ipaddr.V6.of_string_exn "ff02::16"

(* Modified EUI-64: the universal/local bit is inverted, ff:fe in the middle. *)
let interface_id mac =
  let octets = Macaddr.to_octets mac in
  let first = Char.chr (Char.code octets.[0] lxor 2) in
  Printf.sprintf "%c%s\xff\xfe%s" first (String.sub octets 1 2) (String.sub octets 3 3)

let interface_address prefix mac =
  Ndp_addresses.with_interface_id prefix (interface_id mac)

let link_local = interface_address (Ipaddr.V6.Prefix.of_string_exn "fe80::/64")
let solicited_node = Ndp_addresses.solicited_node

let mac_of_multicast ip =
  let octets = Ipaddr.V6.to_octets ip in
  Macaddr.of_octets_exn ("\x33\x33" ^ String.sub octets 12 4)

let same a b = Ipaddr.V6.compare a b = 0
let unspecified = same Ipaddr.V6.unspecified

(* {2 Packets} *)

let output mac packet =
  let size = Cstruct.length packet in
  let fill buffer =
    Cstruct.blit packet 0 buffer 0 size;
    size
  in
  (mac, size, fill)

let packet ~hop_limit ~next_header ~src ~dst parts =
  let payload_len = Cstruct.lenv parts in
  let header = { Ipv6_packet.src; dst; hop_limit; next_header } in
  Cstruct.concat (Ipv6_packet.Marshal.make_cstruct ~payload_len header :: parts)

let icmp_number = Ipv6_layout.protocol_to_int `ICMP

let icmp ?(hop_limit = 255) ~src ~dst message =
  let parts = Icmpv6_packet.marshal ~src ~dst message in
  packet ~hop_limit ~next_header:icmp_number ~src ~dst parts

let multicast ~src ~dst message = output (mac_of_multicast dst) (icmp ~src ~dst message)

let detect_duplicate (own : Ndp_addresses.own) =
  let nonce =
    match own.status with
    | Tentative { nonce; _ } -> Some nonce
    | Assigned | Duplicate _ -> None
  in
  let message =
    Icmpv6_packet.Neighbour_solicitation { target = own.ip; sender = None; nonce }
  in
  multicast ~src:Ipaddr.V6.unspecified ~dst:(solicited_node own.ip) message

(* Hop-by-hop options with "router alert" for MLD, and padding (RFC 3810,
   section 5). *)
let router_alert = Cstruct.of_string "\x3a\x00\x05\x02\x00\x00\x01\x00"

let listener_report ~src message =
  let dst =
    match message with
    | Mld_packet.Report_1 group -> group
    | Done _ -> all_routers
    | Report_2 _ | Query _ -> all_mld_routers
  in
  let parts = router_alert :: Icmpv6_packet.marshal ~src ~dst (Mld_packet.marshal message) in
  let next_header = Ipv6_layout.hop_by_hop in
  output (mac_of_multicast dst) (packet ~hop_limit:1 ~next_header ~src ~dst parts)
