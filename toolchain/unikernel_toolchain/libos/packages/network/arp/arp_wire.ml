open Cstruct.BE

let size = 28
let hardware_at = 0
let protocol_at = 2
let hardware_length_at = 4
let protocol_length_at = 5
let operation_at = 6
let source_mac_at = 8
let source_ip_at = 14
let target_mac_at = 18
let target_ip_at = 24
let ethernet = 1
let ipv4 = 0x0800
let mac_bytes = 6
let ip_bytes = 4
let get_hardware b = get_uint16 b hardware_at
let get_protocol b = get_uint16 b protocol_at
let get_hardware_length b = Cstruct.get_uint8 b hardware_length_at
let get_protocol_length b = Cstruct.get_uint8 b protocol_length_at
let get_operation b = get_uint16 b operation_at

let mac_at off b =
  Macaddr.of_octets_exn (Cstruct.to_string ~off ~len:mac_bytes b)

let ip_at off b = Ipaddr.V4.of_int32 (get_uint32 b off)
let get_source_mac b = mac_at source_mac_at b
let get_source_ip b = ip_at source_ip_at b
let get_target_mac b = mac_at target_mac_at b
let get_target_ip b = ip_at target_ip_at b

let set_kind b =
  set_uint16 b hardware_at ethernet;
  set_uint16 b protocol_at ipv4;
  Cstruct.set_uint8 b hardware_length_at mac_bytes;
  Cstruct.set_uint8 b protocol_length_at ip_bytes

let set_mac_at off b mac =
  Cstruct.blit_from_string (Macaddr.to_octets mac) 0 b off mac_bytes

let set_ip_at off b ip = set_uint32 b off (Ipaddr.V4.to_int32 ip)
let set_operation b v = set_uint16 b operation_at v
let set_source_mac b mac = set_mac_at source_mac_at b mac
let set_source_ip b ip = set_ip_at source_ip_at b ip
let set_target_mac b mac = set_mac_at target_mac_at b mac
let set_target_ip b ip = set_ip_at target_ip_at b ip

let is_ipv4_over_ethernet b =
  get_hardware b = ethernet
  && get_protocol b = ipv4
  && get_hardware_length b = mac_bytes
  && get_protocol_length b = ip_bytes
