let max_duration = Ip_reassembly.max_duration
let max_packet_bytes = 0xffff

module V = struct
  type t = Ip_reassembly.incomplete

  let weight = Ip_reassembly.weight
end

module K = struct
  type t = Ipaddr.V4.t * Ipaddr.V4.t * int * int

  let compare (src, dst, proto, id) (src', dst', proto', id') =
    match Ipaddr.V4.compare src src' with
    | 0 -> (
        match Ipaddr.V4.compare dst dst' with
        | 0 -> compare (proto, id) (proto', id')
        | c -> c)
    | c -> c
end

module Cache = Ip_reassembly.Make (K)

let process cache now (header : Ipv4_packet.t) payload =
  let offset = Ipv4_wire.offset_bytes header.off in
  let last = header.off land Ipv4_wire.more_fragments = 0 in
  if offset = 0 && last then (cache, Some (header, payload))
  else
    let key = (header.src, header.dst, header.proto, header.id) in
    let max_bytes = max_packet_bytes - Ipv4_wire.sizeof_ipv4 in
    let arrival = { Ip_reassembly.offset; last; options = header.options; payload } in
    let cache, datagram = Cache.arrive cache ~now ~max_bytes key arrival in
    (cache, Option.map (fun (options, b) -> ({ header with options; off = 0 }, b)) datagram)

(* {2 Fragmentation} *)

let cuts ~mtu ~header_bytes length =
  let room = (mtu - header_bytes) land lnot 7 in
  let rec from offset =
    if offset + (mtu - header_bytes) >= length then [ (offset, length - offset) ]
    else (offset, room) :: from (offset + room)
  in
  if room < 8 || header_bytes + length > max_packet_bytes then [] else from 0

let packet (header : Ipv4_packet.t) payload (offset, length) =
  let more = offset + length < Cstruct.length payload in
  let flag = if more then Ipv4_wire.more_fragments else 0 in
  let header = { header with off = (offset / 8) lor flag } in
  let head = Ipv4_packet.Marshal.make_cstruct ~payload_len:length header in
  Cstruct.append head (Cstruct.sub payload offset length)

(* Options are repeated in every fragment; that suits those in use. *)
let fragment ~mtu (header : Ipv4_packet.t) payload =
  let header_bytes = Ipv4_wire.sizeof_ipv4 + Cstruct.length header.options in
  let cuts = cuts ~mtu ~header_bytes (Cstruct.length payload) in
  List.map (packet header payload) cuts
