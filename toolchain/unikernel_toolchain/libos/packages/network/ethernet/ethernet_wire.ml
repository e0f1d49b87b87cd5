(* Ethernet II: destination, source, type; IEEE 802.1Q puts a tag of four bytes before the
   type. *)

let address_bytes = 6
let dst_at = 0
let src_at = 6
let ethertype_at = 12
let sizeof_ethernet = 14
let vlan_tag = 0x8100
let sizeof_tagged = 18
let get_vlan b = Cstruct.BE.get_uint16 b 14 land 0x0fff
let get_tagged_ethertype b = Cstruct.BE.get_uint16 b 16
let get_ethernet_dst b = Cstruct.sub b dst_at address_bytes
let copy_ethernet_dst b = Cstruct.to_string ~off:dst_at ~len:address_bytes b

let set_ethernet_dst octets offset b =
  Cstruct.blit_from_string octets offset b dst_at address_bytes

let blit_ethernet_dst source offset b = Cstruct.blit source offset b dst_at address_bytes
let get_ethernet_src b = Cstruct.sub b src_at address_bytes
let copy_ethernet_src b = Cstruct.to_string ~off:src_at ~len:address_bytes b

let set_ethernet_src octets offset b =
  Cstruct.blit_from_string octets offset b src_at address_bytes

let blit_ethernet_src source offset b = Cstruct.blit source offset b src_at address_bytes
let get_ethernet_ethertype b = Cstruct.BE.get_uint16 b ethertype_at
let set_ethernet_ethertype b v = Cstruct.BE.set_uint16 b ethertype_at v

let ethertype_to_int = function
  | `ARP -> 0x0806
  | `IPv4 -> 0x0800
  | `IPv6 -> 0x86dd

let int_to_ethertype = function
  | 0x0806 -> Some `ARP
  | 0x0800 -> Some `IPv4
  | 0x86dd -> Some `IPv6
  | _ -> None

let hexdump_ethernet_to_buffer buffer b =
  Cstruct.hexdump_to_buffer buffer (Cstruct.sub b 0 sizeof_ethernet)

let hexdump_ethernet b = Cstruct.hexdump (Cstruct.sub b 0 sizeof_ethernet)
