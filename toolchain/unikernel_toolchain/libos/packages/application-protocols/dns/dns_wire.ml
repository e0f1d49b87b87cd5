open Cstruct.BE

let sizeof_header = 12
let get_id b = get_uint16 b 0
let set_id b v = set_uint16 b 0 v
let get_flags b = get_uint16 b 2
let set_flags b v = set_uint16 b 2 v
let get_count b section = get_uint16 b (4 + (2 * section))
let set_count b section v = set_uint16 b (4 + (2 * section)) v
(* Bits of the second word (RFC 1035, section 4.1.1). *)
let reply = 0x8000
let authoritative = 0x0400
let truncated = 0x0200
let recursion_desired = 0x0100
let recursion_available = 0x0080
let opcode flags = (flags lsr 11) land 0xf
let rcode flags = flags land 0xf
let a = 1
let ns = 2
let cname = 5
let soa = 6
let ptr = 12
let mx = 15
let txt = 16
let aaaa = 28
let srv = 33
let class_in = 1
