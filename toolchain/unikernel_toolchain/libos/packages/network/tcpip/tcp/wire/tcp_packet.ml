type t = {
  urg : bool;
  ack : bool;
  psh : bool;
  rst : bool;
  syn : bool;
  fin : bool;
  window : Cstruct.uint16;
  options : Tcp_options.t list;
  sequence : Tcp_sequence.t;
  ack_number : Tcp_sequence.t;
  src_port : Cstruct.uint16;
  dst_port : Cstruct.uint16;
}

let equal (a : t) (b : t) = a = b

let pp ppf t =
  let flag name set = if set then name else "" in
  Format.fprintf ppf "%d > %d seq %a ack %a window %d%s%s%s%s%s%s %a"
    t.src_port t.dst_port Tcp_sequence.pp t.sequence Tcp_sequence.pp
    t.ack_number t.window (flag " urg" t.urg) (flag " ack" t.ack)
    (flag " psh" t.psh) (flag " rst" t.rst) (flag " syn" t.syn)
    (flag " fin" t.fin) Tcp_options.pps t.options

module Unmarshal = struct
  type error = string

  let header buffer options =
    let flags = Tcp_wire.get_tcp_flags buffer in
    let has bit = flags land bit <> 0 in
    {
      urg = has Tcp_wire.urg;
      ack = has Tcp_wire.ack;
      psh = has Tcp_wire.psh;
      rst = has Tcp_wire.rst;
      syn = has Tcp_wire.syn;
      fin = has Tcp_wire.fin;
      window = Tcp_wire.get_tcp_window buffer;
      options;
      sequence = Tcp_sequence.of_int32 (Tcp_wire.get_tcp_sequence buffer);
      ack_number = Tcp_sequence.of_int32 (Tcp_wire.get_tcp_ack_number buffer);
      src_port = Tcp_wire.get_tcp_src_port buffer;
      dst_port = Tcp_wire.get_tcp_dst_port buffer;
    }

  let of_cstruct buffer =
    let available = Cstruct.length buffer in
    if available < Tcp_wire.sizeof_tcp then
      Error (Printf.sprintf "TCP header cut short at %d bytes" available)
    else
      let length = Tcp_wire.get_data_offset buffer in
      if length < Tcp_wire.sizeof_tcp || length > available then
        Error (Printf.sprintf "TCP data offset of %d bytes" length)
      else
        let start = Tcp_wire.sizeof_tcp in
        Cstruct.sub buffer start (length - start)
        |> Tcp_options.unmarshal
        |> Result.map (fun options ->
            (header buffer options, Cstruct.shift buffer length))
end

module Marshal = struct
  type error = string

  let length t = Tcp_wire.sizeof_tcp + Tcp_options.lenv t.options

  let flags t =
    let bit set bit = if set then bit else 0 in
    bit t.urg Tcp_wire.urg lor bit t.ack Tcp_wire.ack
    lor bit t.psh Tcp_wire.psh lor bit t.rst Tcp_wire.rst
    lor bit t.syn Tcp_wire.syn lor bit t.fin Tcp_wire.fin

  let write t buffer =
    Tcp_wire.set_tcp_src_port buffer t.src_port;
    Tcp_wire.set_tcp_dst_port buffer t.dst_port;
    Tcp_wire.set_tcp_sequence buffer (Tcp_sequence.to_int32 t.sequence);
    Tcp_wire.set_tcp_ack_number buffer (Tcp_sequence.to_int32 t.ack_number);
    Tcp_wire.set_data_offset buffer (length t);
    Tcp_wire.set_tcp_flags buffer (flags t);
    Tcp_wire.set_tcp_window buffer t.window;
    Tcp_wire.set_tcp_checksum buffer 0;
    Tcp_wire.set_tcp_urg_ptr buffer 0;
    let options = Cstruct.shift buffer Tcp_wire.sizeof_tcp in
    ignore (Tcp_options.marshal options t.options : int)

  (* RFC 9293 section 3.1: the checksum is over pseudo-header, header and payload, with
     its own field as zero. *)
  let into_cstruct ~pseudoheader ~payload t buffer =
    let length = length t in
    if length > Tcp_wire.max_header then
      Error (Printf.sprintf "TCP header of %d bytes, at most 60" length)
    else if length > Cstruct.length buffer then
      Error (Printf.sprintf "TCP header of %d bytes, no room" length)
    else begin
      write t buffer;
      let header = Cstruct.sub buffer 0 length in
      Tcp_wire.set_tcp_checksum buffer
        (Tcpip_checksum.ones_complement_list [ pseudoheader; header; payload ]);
      Ok length
    end

  let make_cstruct ~pseudoheader ~payload t =
    let buffer = Cstruct.create (length t) in
    match into_cstruct ~pseudoheader ~payload t buffer with
    | Ok _ -> buffer
    | Error message -> invalid_arg message
end
