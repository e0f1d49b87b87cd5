module Fragments = struct
  type key = Ipaddr.V6.t * Ipaddr.V6.t * int32

  include Ip_reassembly.Make (struct
    type t = key

    let compare = compare
  end)
end

type t = {
  mac : Macaddr.t;
  addresses : Ndp_addresses.t;
  routes : Ndp_routes.t;
  cache : Ndp_cache.t;
  timing : Ndp_timing.t;
  hop_limit : int;
  fragments : Fragments.t;
  solicit_routers : (int * int64) option;
}

type output = Macaddr.t * int * (Cstruct.t -> int)

let fragments_bytes = 256 * 1024
let default_hop_limit = 64

let create mac =
  {
    mac;
    addresses = Ndp_addresses.empty;
    routes = Ndp_routes.empty;
    cache = Ndp_cache.empty;
    timing = Ndp_timing.default;
    hop_limit = default_hop_limit;
    fragments = Fragments.empty fragments_bytes;
    solicit_routers = Some (0, 0L);
  }

(* {2 Addresses} *)

let all_nodes = Ipaddr.V6.of_string_exn "ff02::1"
let all_routers = Ipaddr.V6.of_string_exn "ff02::2"
let all_mld_routers = Ipaddr.V6.of_string_exn "ff02::16"

let interface_id mac =
  let octets = Macaddr.to_octets mac in
  let first = Char.chr (Char.code octets.[0] lxor 2) in
  Printf.sprintf "%c%s\xff\xfe%s" first (String.sub octets 1 2) (String.sub octets 3 3)

let interface_address prefix mac =
  let network = Ipaddr.V6.to_octets (Ipaddr.V6.Prefix.network prefix) in
  Ipaddr.V6.of_octets_exn (String.sub network 0 8 ^ interface_id mac)

let link_local = interface_address (Ipaddr.V6.Prefix.of_string_exn "fe80::/64")
let group = Ipaddr.V6.to_octets (Ipaddr.V6.of_string_exn "ff02::1:ff00:0")

let solicited_node ip =
  let last_24_bits = String.sub (Ipaddr.V6.to_octets ip) 13 3 in
  Ipaddr.V6.of_octets_exn (String.sub group 0 13 ^ last_24_bits)

let mac_of_multicast ip =
  let octets = Ipaddr.V6.to_octets ip in
  Macaddr.of_octets_exn ("\x33\x33" ^ String.sub octets 12 4)

let same a b = Ipaddr.V6.compare a b = 0

let accepts t ip =
  Ndp_addresses.mem t.addresses ip
  || Ipaddr.V6.is_multicast ip
     && (same ip all_nodes
        || List.exists (fun own -> same ip (solicited_node own))
             (Ndp_addresses.all t.addresses))

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

let icmp_number = Ipv6_wire.protocol_to_int `ICMP

let icmp ?(hop_limit = 255) ~src ~dst message =
  let parts = Icmpv6_packet.marshal ~src ~dst message in
  packet ~hop_limit ~next_header:icmp_number ~src ~dst parts

let multicast ~src ~dst message = output (mac_of_multicast dst) (icmp ~src ~dst message)

let ask t ~now ?station target =
  let src = Ndp_addresses.select t.addresses ~now target in
  let unspecified = same src Ipaddr.V6.unspecified in
  let sender = if unspecified then None else Some t.mac in
  let message = Icmpv6_packet.Neighbour_solicitation { target; sender } in
  match station with
  | Some mac -> output mac (icmp ~src ~dst:target message)
  | None -> multicast ~src ~dst:(solicited_node target) message

let ask_routers t ~now =
  let src = Ndp_addresses.select t.addresses ~now all_routers in
  multicast ~src ~dst:all_routers (Router_solicitation (Some t.mac))

let advertise t ~now ~dst station ip =
  let unsolicited = same dst all_nodes in
  let override = not (Ndp_addresses.tentative t.addresses ~now ip) in
  let message =
    Icmpv6_packet.Neighbour_advertisement
      { router = false; solicited = not unsolicited; override; about = ip; mac = Some t.mac }
  in
  output station (icmp ~src:ip ~dst message)

(* Hop-by-hop options with "router alert" for MLD, and padding (RFC 3810,
   section 5). *)
let router_alert = Cstruct.of_string "\x3a\x00\x05\x02\x00\x00\x01\x00"

let multicast_report = 143
let change_to_exclude = "\x04\x00\x00\x00"

let join t ip =
  let src = link_local t.mac and dst = all_mld_routers in
  let src = if Ndp_addresses.mem t.addresses src then src else Ipaddr.V6.unspecified in
  let records = change_to_exclude ^ Ipaddr.V6.to_octets (solicited_node ip) in
  let message = Icmpv6_packet.Other (multicast_report, 0, 1l, Cstruct.of_string records) in
  let parts = router_alert :: Icmpv6_packet.marshal ~src ~dst message in
  let next_header = Ipv6_wire.hop_by_hop in
  output (mac_of_multicast dst) (packet ~hop_limit:1 ~next_header ~src ~dst parts)

let detect_duplicate ip =
  let message = Icmpv6_packet.Neighbour_solicitation { target = ip; sender = None } in
  multicast ~src:Ipaddr.V6.unspecified ~dst:(solicited_node ip) message

let announce t ip = [ join t ip; detect_duplicate ip ]
