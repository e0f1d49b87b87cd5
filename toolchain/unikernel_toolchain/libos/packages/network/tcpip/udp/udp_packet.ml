open Udp_wire

type t = { src_port : Cstruct.uint16; dst_port : Cstruct.uint16 }

let pp ppf t = Format.fprintf ppf "port %d -> %d" t.src_port t.dst_port
let equal a b = a.src_port = b.src_port && a.dst_port = b.dst_port
let max_packet_bytes = 0xffff

module Unmarshal = struct
  type error = string

  let of_cstruct b =
    if Cstruct.length b < sizeof_udp then Error "shorter than a UDP header"
    else
      let length = get_udp_length b in
      if length < sizeof_udp || length > Cstruct.length b then
        Format.kasprintf Result.error "UDP length %d in %d bytes" length (Cstruct.length b)
      else
        let header =
          { src_port = get_udp_source_port b; dst_port = get_udp_dest_port b }
        in
        Ok (header, Cstruct.sub b sizeof_udp (length - sizeof_udp))

  let checksum_ok ~pseudoheader b =
    get_udp_checksum b = 0
    || Tcpip_checksum.sum_list 0 [ pseudoheader; Cstruct.sub b 0 (get_udp_length b) ]
       = 0xffff
end

module Marshal = struct
  type error = string

  let checked ~payload_len b =
    if Cstruct.length b < sizeof_udp then Error "buffer shorter than a UDP header"
    else if sizeof_udp + payload_len > max_packet_bytes then
      Format.kasprintf Result.error "%d bytes do not fit into one UDP packet" payload_len
    else Ok (Cstruct.sub b 0 sizeof_udp)

  let fill ~payload_len t header =
    set_udp_source_port header t.src_port;
    set_udp_dest_port header t.dst_port;
    set_udp_length header (sizeof_udp + payload_len);
    set_udp_checksum header 0

  (* 0 means "no checksum"; its equal 0xffff stands for it. *)
  let nonzero checksum = if checksum = 0 then 0xffff else checksum

  let into_cstruct ~pseudoheader ~payload t b =
    let payload_len = Cstruct.length payload in
    Result.map
      (fun header ->
         fill ~payload_len t header;
         let parts = [ pseudoheader; header; payload ] in
         let checksum = Tcpip_checksum.ones_complement_list parts in
         set_udp_checksum header (nonzero checksum))
      (checked ~payload_len b)

  let into_cstruct_partial ~pseudoheader ~payload_len t b =
    Result.map
      (fun header ->
         fill ~payload_len t header;
         set_udp_checksum header (Tcpip_checksum.sum 0 pseudoheader))
      (checked ~payload_len b)

  let make_cstruct ~pseudoheader ~payload t =
    let b = Cstruct.create sizeof_udp in
    match into_cstruct ~pseudoheader ~payload t b with
    | Ok () -> b
    | Error why -> invalid_arg ("Udp_packet.Marshal.make_cstruct: " ^ why)
end
