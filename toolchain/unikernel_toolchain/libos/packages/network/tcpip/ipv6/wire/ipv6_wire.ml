open Cstruct.BE

let protocol_to_int = Ipv6_layout.protocol_to_int
let int_to_protocol = Ipv6_layout.int_to_protocol

let get_uint8 = Cstruct.get_uint8
let set_uint8 = Cstruct.set_uint8
let is_set at mask b = get_uint8 b at land mask <> 0

(* {2 Fields of several octets} *)

let address_bytes = 16
let mac_bytes = 6
let part at length b = Cstruct.sub b at length
let copy at length b = Cstruct.to_string (part at length b)
let set at length octets from b = Cstruct.blit_from_string octets from b at length
let blit at length source from b = Cstruct.blit source from b at length

(* {2 The IPv6 header} *)

let sizeof_ipv6 = 40
let sizeof_ipv6_pseudo_header = 40
let get_ipv6_version_flow b = get_uint32 b 0
let set_ipv6_version_flow b v = set_uint32 b 0 v
let get_ipv6_len b = get_uint16 b 4
let set_ipv6_len b v = set_uint16 b 4 v
let get_ipv6_nhdr b = get_uint8 b 6
let set_ipv6_nhdr b v = set_uint8 b 6 v
let get_ipv6_hlim b = get_uint8 b 7
let set_ipv6_hlim b v = set_uint8 b 7 v
let get_ipv6_src b = part 8 address_bytes b
let copy_ipv6_src b = copy 8 address_bytes b
let set_ipv6_src octets from b = set 8 address_bytes octets from b
let blit_ipv6_src source from b = blit 8 address_bytes source from b
let get_ipv6_dst b = part 24 address_bytes b
let copy_ipv6_dst b = copy 24 address_bytes b
let set_ipv6_dst octets from b = set 24 address_bytes octets from b
let blit_ipv6_dst source from b = blit 24 address_bytes source from b

(* {2 ICMPv6} *)

let sizeof_icmpv6 = 8
let get_icmpv6_ty b = get_uint8 b 0
let set_icmpv6_ty b v = set_uint8 b 0 v
let get_icmpv6_code b = get_uint8 b 1
let set_icmpv6_code b v = set_uint8 b 1 v
let get_icmpv6_csum b = get_uint16 b 2
let set_icmpv6_csum b v = set_uint16 b 2 v
let get_icmpv6_reserved b = get_uint32 b 4
let set_icmpv6_reserved b v = set_uint32 b 4 v
let sizeof_pingv6 = 8
let get_pingv6_ty = get_icmpv6_ty
let set_pingv6_ty = set_icmpv6_ty
let get_pingv6_code = get_icmpv6_code
let set_pingv6_code = set_icmpv6_code
let get_pingv6_csum = get_icmpv6_csum
let set_pingv6_csum = set_icmpv6_csum
let get_pingv6_id b = get_uint16 b 4
let set_pingv6_id b v = set_uint16 b 4 v
let get_pingv6_seq b = get_uint16 b 6
let set_pingv6_seq b v = set_uint16 b 6 v

(* {2 Neighbour discovery} *)

let sizeof_ns = 24
let get_ns_ty = get_icmpv6_ty
let set_ns_ty = set_icmpv6_ty
let get_ns_code = get_icmpv6_code
let set_ns_code = set_icmpv6_code
let get_ns_csum = get_icmpv6_csum
let set_ns_csum = set_icmpv6_csum
let get_ns_reserved = get_icmpv6_reserved
let set_ns_reserved = set_icmpv6_reserved
let get_ns_target b = part 8 address_bytes b
let copy_ns_target b = copy 8 address_bytes b
let set_ns_target octets from b = set 8 address_bytes octets from b
let blit_ns_target source from b = blit 8 address_bytes source from b
let sizeof_na = 24
let get_na_ty = get_icmpv6_ty
let set_na_ty = set_icmpv6_ty
let get_na_code = get_icmpv6_code
let set_na_code = set_icmpv6_code
let get_na_csum = get_icmpv6_csum
let set_na_csum = set_icmpv6_csum
let get_na_reserved = get_icmpv6_reserved
let set_na_reserved = set_icmpv6_reserved
let get_na_target = get_ns_target
let copy_na_target = copy_ns_target
let set_na_target = set_ns_target
let blit_na_target = blit_ns_target
let get_na_router b = is_set 4 0x80 b
let get_na_solicited b = is_set 4 0x40 b
let get_na_override b = is_set 4 0x20 b
let sizeof_rs = 8
let get_rs_ty = get_icmpv6_ty
let set_rs_ty = set_icmpv6_ty
let get_rs_code = get_icmpv6_code
let set_rs_code = set_icmpv6_code
let get_rs_csum = get_icmpv6_csum
let set_rs_csum = set_icmpv6_csum
let get_rs_reserved = get_icmpv6_reserved
let set_rs_reserved = set_icmpv6_reserved
let sizeof_ra = 16
let get_ra_ty = get_icmpv6_ty
let set_ra_ty = set_icmpv6_ty
let get_ra_code = get_icmpv6_code
let set_ra_code = set_icmpv6_code
let get_ra_csum = get_icmpv6_csum
let set_ra_csum = set_icmpv6_csum
let get_ra_cur_hop_limit b = get_uint8 b 4
let set_ra_cur_hop_limit b v = set_uint8 b 4 v
let get_ra_reserved b = get_uint8 b 5
let set_ra_reserved b v = set_uint8 b 5 v
let get_ra_router_lifetime b = get_uint16 b 6
let set_ra_router_lifetime b v = set_uint16 b 6 v
let get_ra_reachable_time b = get_uint32 b 8
let set_ra_reachable_time b v = set_uint32 b 8 v
let get_ra_retrans_timer b = get_uint32 b 12
let set_ra_retrans_timer b v = set_uint32 b 12 v

(* {2 Options of neighbour discovery} *)

let sizeof_opt = 2
let get_opt_ty b = get_uint8 b 0
let set_opt_ty b v = set_uint8 b 0 v
let get_opt_len b = get_uint8 b 1
let set_opt_len b v = set_uint8 b 1 v
let sizeof_llopt = 8
let get_llopt_ty = get_opt_ty
let set_llopt_ty = set_opt_ty
let get_llopt_len = get_opt_len
let set_llopt_len = set_opt_len
let get_llopt_addr b = part 2 mac_bytes b
let copy_llopt_addr b = copy 2 mac_bytes b
let set_llopt_addr octets from b = set 2 mac_bytes octets from b
let blit_llopt_addr source from b = blit 2 mac_bytes source from b
let sizeof_opt_prefix = 32
let get_opt_prefix_ty = get_opt_ty
let set_opt_prefix_ty = set_opt_ty
let get_opt_prefix_len = get_opt_len
let set_opt_prefix_len = set_opt_len
let get_opt_prefix_prefix_len b = get_uint8 b 2
let set_opt_prefix_prefix_len b v = set_uint8 b 2 v
let get_opt_prefix_reserved1 b = get_uint8 b 3
let set_opt_prefix_reserved1 b v = set_uint8 b 3 v
let get_opt_prefix_on_link b = is_set 3 0x80 b
let get_opt_prefix_autonomous b = is_set 3 0x40 b
let get_opt_prefix_valid_lifetime b = get_uint32 b 4
let set_opt_prefix_valid_lifetime b v = set_uint32 b 4 v
let get_opt_prefix_preferred_lifetime b = get_uint32 b 8
let set_opt_prefix_preferred_lifetime b v = set_uint32 b 8 v
let get_opt_prefix_reserved2 b = get_uint32 b 12
let set_opt_prefix_reserved2 b v = set_uint32 b 12 v
let get_opt_prefix_prefix b = part 16 address_bytes b
let copy_opt_prefix_prefix b = copy 16 address_bytes b
let set_opt_prefix_prefix octets from b = set 16 address_bytes octets from b
let blit_opt_prefix_prefix source from b = blit 16 address_bytes source from b

let hexdump size =
  let head b = Cstruct.sub b 0 size in
  ((fun buffer b -> Cstruct.hexdump_to_buffer buffer (head b)), fun b -> Cstruct.hexdump (head b))

let hexdump_ipv6_to_buffer, hexdump_ipv6 = hexdump sizeof_ipv6
let hexdump_icmpv6_to_buffer, hexdump_icmpv6 = hexdump sizeof_icmpv6
let hexdump_pingv6_to_buffer, hexdump_pingv6 = hexdump sizeof_pingv6
let hexdump_ns_to_buffer, hexdump_ns = hexdump sizeof_ns
let hexdump_na_to_buffer, hexdump_na = hexdump sizeof_na
let hexdump_rs_to_buffer, hexdump_rs = hexdump sizeof_rs
let hexdump_ra_to_buffer, hexdump_ra = hexdump sizeof_ra
let hexdump_opt_to_buffer, hexdump_opt = hexdump sizeof_opt
let hexdump_llopt_to_buffer, hexdump_llopt = hexdump sizeof_llopt
let hexdump_opt_prefix_to_buffer, hexdump_opt_prefix = hexdump sizeof_opt_prefix
