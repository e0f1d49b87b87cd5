open Ipv6_layout

let is_error ty = ty < 128
let min_quote_bytes = 8

let unreachable_phrase = function
  | 0 -> "no route"
  | 1 -> "prohibited by administration"
  | 2 -> "beyond the scope of the source address"
  | 3 -> "address unreachable"
  | 4 -> "port unreachable"
  | 5 -> "the source address fails a policy"
  | 6 -> "the route rejects"
  | code -> Printf.sprintf "unreachable, code %d" code

(* An MTU above 65,535 is none of this link's. *)
let mtu_of message =
  let mtu = get_icmpv6_reserved message in
  if Int32.unsigned_compare mtu 0xffffl > 0 then 0xffff else Int32.to_int mtu

let reason ~reporter message =
  let reported_by what = Ipaddr.V6.to_string reporter ^ " says: " ^ what in
  match get_icmpv6_ty message with
  | 1 -> Some (Ip_errors.Unreachable (reported_by (unreachable_phrase (get_icmpv6_code message))))
  | 2 -> Some (Too_big (mtu_of message))
  | 3 -> Some (Soft_error (reported_by "time exceeded"))
  | 4 -> Some (Soft_error (reported_by "parameter problem"))
  | _ -> None

(* What this host sends has no other extension header; only a datagram's first
   fragment tells of whom it was. *)
let transport packet =
  let protocol = get_ipv6_nhdr packet and rest = Cstruct.shift packet sizeof_ipv6 in
  if protocol <> fragment then Some (protocol, rest)
  else if Cstruct.length rest < sizeof_fragment || get_fragment_field rest lsr 3 <> 0 then
    None
  else Some (get_fragment_next rest, Cstruct.shift rest sizeof_fragment)

let quoted packet =
  if Cstruct.length packet < sizeof_ipv6 || version packet <> 6 then None
  else
    match transport packet with
    | Some (_, transport) as quoted when Cstruct.length transport >= min_quote_bytes -> quoted
    | Some _ | None -> None

let report ~reporter message =
  if Cstruct.length message < sizeof_icmpv6 then None
  else
    let packet = Cstruct.shift message sizeof_icmpv6 in
    match (reason ~reporter message, quoted packet) with
    | Some reason, Some (protocol, transport) ->
        let source = Ipaddr.V6.to_octets (source packet) in
        let destination = Ipaddr.V6.to_octets (destination packet) in
        Some { Ip_errors.reason; protocol; source; destination; transport }
    | _ -> None

(* {2 What this host says} *)

let destination_unreachable = 1
let port = 4
let parameter_problem = 4
let next_header = 1
let least_mtu = 1280

(* As much as fits 1280 bytes, which every link carries (RFC 4443, section 3.1). *)
let quote ~src ~dst ~proto payload =
  let payload_len = Cstruct.length payload in
  let header = { Ipv6_packet.src; dst; hop_limit = 0; next_header = proto } in
  let room = least_mtu - sizeof_ipv6 - sizeof_icmpv6 - sizeof_ipv6 in
  Cstruct.append
    (Ipv6_packet.Marshal.make_cstruct ~payload_len header)
    (Cstruct.sub payload 0 (Int.min payload_len room))

let about ~ty ~code ~pointer ~src ~dst ~proto payload =
  let quote = quote ~src ~dst ~proto payload in
  Icmpv6_packet.marshal ~src:dst ~dst:src (Other (ty, code, pointer, quote))

let port_unreachable = about ~ty:destination_unreachable ~code:port ~pointer:0l

(* The quoted header has no extensions, whatever came: this points at its field. *)
let unknown_protocol = about ~ty:parameter_problem ~code:next_header ~pointer:6l

let may_receive_errors src =
  (not (Ipaddr.V6.is_multicast src)) && Ipaddr.V6.compare src Ipaddr.V6.unspecified <> 0
