include Tcp_wire
open Cstruct

let get_tcp_dataoff b = get_uint8 b 12
let set_tcp_dataoff b v = set_uint8 b 12 v
let ece = 0x40
let cwr = 0x80
let has bit b = get_tcp_flags b land bit <> 0
let add bit b = set_tcp_flags b (get_tcp_flags b lor bit)
let get_fin b = has fin b
let get_syn b = has syn b
let get_rst b = has rst b
let get_psh b = has psh b
let get_ack b = has ack b
let get_urg b = has urg b
let get_ece b = has ece b
let get_cwr b = has cwr b
let set_fin b = add fin b
let set_syn b = add syn b
let set_rst b = add rst b
let set_psh b = add psh b
let set_ack b = add ack b
let set_urg b = add urg b
let set_ece b = add ece b
let set_cwr b = add cwr b
let sizeof_tcpv4_pseudo_header = 12
let get_tcpv4_pseudo_header_src b = BE.get_uint32 b 0
let get_tcpv4_pseudo_header_dst b = BE.get_uint32 b 4
let get_tcpv4_pseudo_header_res b = get_uint8 b 8
let get_tcpv4_pseudo_header_proto b = get_uint8 b 9
let get_tcpv4_pseudo_header_len b = BE.get_uint16 b 10
let set_tcpv4_pseudo_header_src b v = BE.set_uint32 b 0 v
let set_tcpv4_pseudo_header_dst b v = BE.set_uint32 b 4 v
let set_tcpv4_pseudo_header_res b v = set_uint8 b 8 v
let set_tcpv4_pseudo_header_proto b v = set_uint8 b 9 v
let set_tcpv4_pseudo_header_len b v = BE.set_uint16 b 10 v
let set_data_offset b words = set_tcp_dataoff b (words lsl 4)
let hexdump_tcp_to_buffer buffer b = Cstruct.hexdump_to_buffer buffer (Cstruct.sub b 0 sizeof_tcp)
let hexdump_tcp b = Cstruct.hexdump (Cstruct.sub b 0 sizeof_tcp)

let hexdump_tcpv4_pseudo_header_to_buffer buffer b =
  Cstruct.hexdump_to_buffer buffer (Cstruct.sub b 0 sizeof_tcpv4_pseudo_header)

let hexdump_tcpv4_pseudo_header b = Cstruct.hexdump (Cstruct.sub b 0 sizeof_tcpv4_pseudo_header)
