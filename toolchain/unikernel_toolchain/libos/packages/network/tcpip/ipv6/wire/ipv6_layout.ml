open Cstruct.BE

let protocol_to_int = function `TCP -> 6 | `UDP -> 17 | `ICMP -> 58

let int_to_protocol = function
  | 6 -> Some `TCP
  | 17 -> Some `UDP
  | 58 -> Some `ICMP
  | _ -> None

let sizeof_ipv6 = 40
let sizeof_ipv6_pseudo_header = 40
let get_ipv6_version_flow b = get_uint32 b 0
let set_ipv6_version_flow b v = set_uint32 b 0 v
let get_ipv6_len b = get_uint16 b 4
let set_ipv6_len b v = set_uint16 b 4 v
let get_ipv6_nhdr b = Cstruct.get_uint8 b 6
let set_ipv6_nhdr b v = Cstruct.set_uint8 b 6 v
let get_ipv6_hlim b = Cstruct.get_uint8 b 7
let set_ipv6_hlim b v = Cstruct.set_uint8 b 7 v

let address_at b at =
  let word i = get_uint32 b (at + (4 * i)) in
  Ipaddr.V6.of_int32 (word 0, word 1, word 2, word 3)

let set_address_at b at v =
  let w0, w1, w2, w3 = Ipaddr.V6.to_int32 v in
  set_uint32 b at w0;
  set_uint32 b (at + 4) w1;
  set_uint32 b (at + 8) w2;
  set_uint32 b (at + 12) w3

let source b = address_at b 8
let set_source b v = set_address_at b 8 v
let destination b = address_at b 24
let set_destination b v = set_address_at b 24 v
let version b = Cstruct.get_uint8 b 0 lsr 4
let hop_by_hop = 0
let routing = 43
let fragment = 44
let no_next_header = 59
let destination_options = 60
let sizeof_fragment = 8
let get_fragment_next b = Cstruct.get_uint8 b 0
let set_fragment_next b v = Cstruct.set_uint8 b 0 v
let get_fragment_field b = get_uint16 b 2
let set_fragment_field b v = set_uint16 b 2 v
let get_fragment_id b = get_uint32 b 4
let set_fragment_id b v = set_uint32 b 4 v
let sizeof_icmpv6 = 8
let get_icmpv6_ty b = Cstruct.get_uint8 b 0
let set_icmpv6_ty b v = Cstruct.set_uint8 b 0 v
let get_icmpv6_code b = Cstruct.get_uint8 b 1
let set_icmpv6_code b v = Cstruct.set_uint8 b 1 v
let get_icmpv6_csum b = get_uint16 b 2
let set_icmpv6_csum b v = set_uint16 b 2 v
let get_icmpv6_reserved b = get_uint32 b 4
let set_icmpv6_reserved b v = set_uint32 b 4 v
let sizeof_ns = 24
let target b = address_at b 8
let set_target b v = set_address_at b 8 v
let sizeof_rs = 8
let sizeof_ra = 16
let get_ra_cur_hop_limit b = Cstruct.get_uint8 b 4
let set_ra_cur_hop_limit b v = Cstruct.set_uint8 b 4 v
let get_ra_router_lifetime b = get_uint16 b 6
let set_ra_router_lifetime b v = set_uint16 b 6 v
let get_ra_reachable_time b = get_uint32 b 8
let set_ra_reachable_time b v = set_uint32 b 8 v
let get_ra_retrans_timer b = get_uint32 b 12
let set_ra_retrans_timer b v = set_uint32 b 12 v
let sizeof_llopt = 8
let sizeof_opt_prefix = 32
