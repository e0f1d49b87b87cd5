open Cstruct.BE

let sizeof_ipv4 = 20
let get_ipv4_hlen_version b = Cstruct.get_uint8 b 0
let set_ipv4_hlen_version b v = Cstruct.set_uint8 b 0 v
let get_ipv4_tos b = Cstruct.get_uint8 b 1
let set_ipv4_tos b v = Cstruct.set_uint8 b 1 v
let get_ipv4_len b = get_uint16 b 2
let set_ipv4_len b v = set_uint16 b 2 v
let get_ipv4_id b = get_uint16 b 4
let set_ipv4_id b v = set_uint16 b 4 v
let get_ipv4_off b = get_uint16 b 6
let set_ipv4_off b v = set_uint16 b 6 v
let get_ipv4_ttl b = Cstruct.get_uint8 b 8
let set_ipv4_ttl b v = Cstruct.set_uint8 b 8 v
let get_ipv4_proto b = Cstruct.get_uint8 b 9
let set_ipv4_proto b v = Cstruct.set_uint8 b 9 v
let get_ipv4_csum b = get_uint16 b 10
let set_ipv4_csum b v = set_uint16 b 10 v
let get_ipv4_src b = get_uint32 b 12
let set_ipv4_src b v = set_uint32 b 12 v
let get_ipv4_dst b = get_uint32 b 16
let set_ipv4_dst b v = set_uint32 b 16 v
let header_bytes b = (get_ipv4_hlen_version b land 0x0f) * 4
let version b = get_ipv4_hlen_version b lsr 4
let dont_fragment = 0x4000
let more_fragments = 0x2000
let offset_bytes off = (off land 0x1fff) * 8
