open Lwt.Infix

let src = Logs.Src.create "udp" ~doc:"UDP"

module Log = (val Logs.src_log src : Logs.LOG)

let first_ephemeral_port = 0xc000

module Make (IP : Mirage_protocols.IP) (R : Mirage_random.S) = struct
  type ipaddr = IP.ipaddr
  type ipinput = src:ipaddr -> dst:ipaddr -> Cstruct.t -> unit Lwt.t

  type callback =
    src:ipaddr -> dst:ipaddr -> src_port:int -> Cstruct.t -> unit Lwt.t

  type error = [ `Ip of IP.error | `Impossible of string ]

  let pp_error ppf = function
    | `Ip e -> IP.pp_error ppf e
    | `Impossible why -> Format.pp_print_string ppf why

  type t = IP.t

  let checksum_ok t ~src ~dst packet =
    Mirage_net_headroom.checksum_verified packet
    ||
    let length = Udp_wire.get_udp_length packet in
    let pseudoheader = IP.pseudoheader t ~src dst `UDP length in
    Udp_packet.Unmarshal.checksum_ok ~pseudoheader packet

  (* Whether anybody listens is asked first: a checksum costs more. *)
  let input ~listeners t ~src ~dst packet =
    match Udp_packet.Unmarshal.of_cstruct packet with
    | Error why ->
        Log.debug (fun m -> m "dropped: %s" why);
        Lwt.return_unit
    | Ok ({ src_port; dst_port }, payload) -> (
        match listeners ~dst_port with
        | Some callback when checksum_ok t ~src ~dst packet ->
            callback ~src ~dst ~src_port payload
        | Some _ | None -> Lwt.return_unit)

  (* A device that offers it completes the checksum, from the pseudo-header's sum. *)
  let fill ~pseudoheader ~payload header buffer =
    let offloaded =
      Mirage_net_headroom.leave_checksum buffer ~field:Udp_wire.checksum_at
    in
    let marshalled =
      if offloaded then
        let payload_len = Cstruct.length payload in
        Udp_packet.Marshal.into_cstruct_partial ~pseudoheader ~payload_len header buffer
      else Udp_packet.Marshal.into_cstruct ~pseudoheader ~payload header buffer
    in
    match marshalled with
    | Ok () -> Udp_wire.sizeof_udp
    | Error why -> invalid_arg ("Udp.write: " ^ why)

  let ephemeral_port () =
    first_ephemeral_port + (Cstruct.BE.get_uint16 (R.generate 2) 0 land 0x3fff)

  let max_payload_bytes = 0xffff - Udp_wire.sizeof_udp

  (* RFC 768: no source port is 0, and a destination has one. *)
  let why_impossible ~src_port ~dst_port ~length =
    if length > max_payload_bytes then
      Some
        (Printf.sprintf "UDP: %d bytes to send, but a datagram holds at most %d" length
           max_payload_bytes)
    else if dst_port < 1 || dst_port > 0xffff then
      Some (Printf.sprintf "UDP: port %d is not between 1 and 65535" dst_port)
    else if src_port < 0 || src_port > 0xffff then
      Some (Printf.sprintf "UDP: source port %d is not between 0 and 65535" src_port)
    else None

  let write ?src_port ?ttl ~dst ~dst_port t payload =
    let length = Cstruct.length payload in
    let src_port = match src_port with Some p -> p | None -> ephemeral_port () in
    match why_impossible ~src_port ~dst_port ~length with
    | Some why -> Lwt.return (Error (`Impossible why))
    | None ->
        let packet_bytes = Udp_wire.sizeof_udp + length in
        let pseudoheader = IP.pseudoheader t dst `UDP packet_bytes in
        let header = { Udp_packet.src_port; dst_port } in
        let fill = fill ~pseudoheader ~payload header in
        IP.write t ?ttl dst `UDP ~size:Udp_wire.sizeof_udp fill [ payload ]
        >|= Result.map_error (fun e -> `Ip e)

  let connect ip = Lwt.return ip
  let disconnect _ = Lwt.return_unit
end
