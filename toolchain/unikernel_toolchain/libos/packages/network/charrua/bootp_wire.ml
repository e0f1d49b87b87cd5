(* RFC 2131, figure 1; the magic cookie of RFC 2132, section 2. *)

open Cstruct.BE

let get_op b = Cstruct.get_uint8 b 0
let set_op b v = Cstruct.set_uint8 b 0 v
let get_htype b = Cstruct.get_uint8 b 1
let set_htype b v = Cstruct.set_uint8 b 1 v
let get_hlen b = Cstruct.get_uint8 b 2
let set_hlen b v = Cstruct.set_uint8 b 2 v
let get_hops b = Cstruct.get_uint8 b 3
let set_hops b v = Cstruct.set_uint8 b 3 v
let get_xid b = get_uint32 b 4
let set_xid b v = set_uint32 b 4 v
let get_secs b = get_uint16 b 8
let set_secs b v = set_uint16 b 8 v
let get_flags b = get_uint16 b 10
let set_flags b v = set_uint16 b 10 v
let address_at at b = Ipaddr.V4.of_int32 (get_uint32 b at)
let set_address_at at b v = set_uint32 b at (Ipaddr.V4.to_int32 v)
let get_ciaddr b = address_at 12 b
let set_ciaddr b v = set_address_at 12 b v
let get_yiaddr b = address_at 16 b
let set_yiaddr b v = set_address_at 16 b v
let get_siaddr b = address_at 20 b
let set_siaddr b v = set_address_at 20 b v
let get_giaddr b = address_at 24 b
let set_giaddr b v = set_address_at 24 b v
let chaddr_at = 28
let mac_bytes = 6

let get_chaddr b =
  Macaddr.of_octets_exn (Cstruct.to_string ~off:chaddr_at ~len:mac_bytes b)

let set_chaddr b v =
  Cstruct.blit_from_string (Macaddr.to_octets v) 0 b chaddr_at mac_bytes

let sname b = Cstruct.sub b 44 64
let file b = Cstruct.sub b 108 128
let magic_at = 236
let magic = 0x63825363l
let has_magic b = Int32.equal (get_uint32 b magic_at) magic
let set_magic b = set_uint32 b magic_at magic
let sizeof = magic_at + 4
let min_bytes = 300
let options b = Cstruct.shift b sizeof
