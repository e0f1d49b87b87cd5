(* Headers as values. A header is whole only when its length field, the length of the
   buffer and the total length agree (RFC 791, section 3.1); what lies behind the total
   length is Ethernet's padding, and cut off. *)

open Ipv4_wire

type t = {
  src : Ipaddr.V4.t;
  dst : Ipaddr.V4.t;
  id : Cstruct.uint16;
  off : Cstruct.uint16;
  ttl : Cstruct.uint8;
  proto : Cstruct.uint8;
  options : Cstruct.t;
}

type protocol = [ `ICMP | `TCP | `UDP ]

let pp ppf t =
  Format.fprintf ppf "%a -> %a: id %04x, off %04x, ttl %d, proto %d, options %a"
    Ipaddr.V4.pp t.src Ipaddr.V4.pp t.dst t.id t.off t.ttl t.proto
    Cstruct.hexdump_pp t.options

let equal a b =
  Ipaddr.V4.compare a.src b.src = 0
  && Ipaddr.V4.compare a.dst b.dst = 0
  && a.id = b.id && a.off = b.off && a.ttl = b.ttl && a.proto = b.proto
  && Cstruct.equal a.options b.options

let max_packet_bytes = 0xffff
let max_options_bytes = 40

module Unmarshal = struct
  type error = string

  let int_to_protocol = function
    | 1 -> Some `ICMP
    | 6 -> Some `TCP
    | 17 -> Some `UDP
    | _ -> None

  let header b =
    {
      src = Ipaddr.V4.of_int32 (get_ipv4_src b);
      dst = Ipaddr.V4.of_int32 (get_ipv4_dst b);
      id = get_ipv4_id b;
      off = get_ipv4_off b;
      ttl = get_ipv4_ttl b;
      proto = get_ipv4_proto b;
      options = Cstruct.sub b sizeof_ipv4 (header_bytes b - sizeof_ipv4);
    }

  let header_of_cstruct b =
    if Cstruct.length b < sizeof_ipv4 then Error "shorter than an IPv4 header"
    else if version b <> 4 then Format.kasprintf Result.error "version %d, not 4" (version b)
    else
      let header_bytes = header_bytes b in
      if header_bytes < sizeof_ipv4 then
        Format.kasprintf Result.error "a header length of %d bytes" header_bytes
      else if header_bytes > Cstruct.length b then
        Format.kasprintf Result.error "header of %d bytes in %d" header_bytes (Cstruct.length b)
      else Ok (header b, header_bytes)

  let payload b (header, header_bytes) =
    let length = get_ipv4_len b in
    if length < header_bytes then
      Format.kasprintf Result.error "total length %d below the header's %d" length header_bytes
    else if length > Cstruct.length b then
      Format.kasprintf Result.error "total length %d in %d bytes" length (Cstruct.length b)
    else if Tcpip_checksum.sum 0 (Cstruct.sub b 0 header_bytes) <> 0xffff then
      Error "wrong header checksum"
    else Ok (header, Cstruct.sub b header_bytes (length - header_bytes))

  let of_cstruct b = Result.bind (header_of_cstruct b) (payload b)

  let protocol_number = function `TCP -> 6 | `UDP -> 17

  (* RFC 768: a UDP checksum of 0 means that none was computed; TCP has no such thing. *)
  let sent_without_checksum = function
    | `TCP -> fun _ -> false
    | `UDP -> fun b -> Cstruct.length b >= 8 && Cstruct.BE.get_uint16 b 6 = 0

  let verify_transport_checksum ~proto ~ipv4_header ~transport_packet =
    let pseudoheader =
      Tcpip_checksum.pseudoheader_v4
        ~src:(Ipaddr.V4.to_int32 ipv4_header.src)
        ~dst:(Ipaddr.V4.to_int32 ipv4_header.dst)
        ~proto:(protocol_number proto)
        (Cstruct.length transport_packet)
    in
    sent_without_checksum proto transport_packet
    || Tcpip_checksum.sum pseudoheader transport_packet = 0xffff
end

module Marshal = struct
  type error = string

  let protocol_to_int = function `ICMP -> 1 | `TCP -> 6 | `UDP -> 17

  (* Addresses, zero, protocol, length (RFC 9293, section 3.1). *)
  let pseudoheader ~src ~dst ~proto length =
    let b = Cstruct.create 12 in
    Cstruct.BE.set_uint32 b 0 (Ipaddr.V4.to_int32 src);
    Cstruct.BE.set_uint32 b 4 (Ipaddr.V4.to_int32 dst);
    Cstruct.set_uint8 b 9 (protocol_to_int proto);
    Cstruct.BE.set_uint16 b 10 length;
    b

  let fill ~header_bytes ~payload_len t b =
    set_ipv4_hlen_version b ((4 lsl 4) lor (header_bytes / 4));
    set_ipv4_tos b 0;
    set_ipv4_len b (header_bytes + payload_len);
    set_ipv4_id b t.id;
    set_ipv4_off b t.off;
    set_ipv4_ttl b t.ttl;
    set_ipv4_proto b t.proto;
    set_ipv4_src b (Ipaddr.V4.to_int32 t.src);
    set_ipv4_dst b (Ipaddr.V4.to_int32 t.dst);
    Cstruct.blit t.options 0 b sizeof_ipv4 (Cstruct.length t.options);
    Ipv4_common.set_checksum b

  let into_cstruct ~payload_len t b =
    let options = Cstruct.length t.options in
    let header_bytes = sizeof_ipv4 + options in
    if options > max_options_bytes || options land 3 <> 0 then
      Format.kasprintf Result.error "%d bytes of IPv4 options" options
    else if payload_len < 0 || header_bytes + payload_len > max_packet_bytes then
      Format.kasprintf Result.error "%d bytes do not fit into one IPv4 packet" payload_len
    else if Cstruct.length b < header_bytes then
      Error "buffer shorter than the IPv4 header"
    else Ok (fill ~header_bytes ~payload_len t b)

  let make_cstruct ~payload_len t =
    let b = Cstruct.create (sizeof_ipv4 + Cstruct.length t.options) in
    match into_cstruct ~payload_len t b with
    | Ok () -> b
    | Error why -> invalid_arg ("Ipv4_packet.Marshal.make_cstruct: " ^ why)
end
