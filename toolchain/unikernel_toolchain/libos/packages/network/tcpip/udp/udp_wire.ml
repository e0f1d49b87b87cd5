open Cstruct.BE

let sizeof_udp = 8
let get_udp_source_port b = get_uint16 b 0
let set_udp_source_port b v = set_uint16 b 0 v
let get_udp_dest_port b = get_uint16 b 2
let set_udp_dest_port b v = set_uint16 b 2 v
let get_udp_length b = get_uint16 b 4
let set_udp_length b v = set_uint16 b 4 v
let checksum_at = 6
let get_udp_checksum b = get_uint16 b checksum_at
let set_udp_checksum b v = set_uint16 b checksum_at v
let hexdump_udp_to_buffer buffer b = Cstruct.hexdump_to_buffer buffer (Cstruct.sub b 0 sizeof_udp)
let hexdump_udp b = Cstruct.hexdump (Cstruct.sub b 0 sizeof_udp)
