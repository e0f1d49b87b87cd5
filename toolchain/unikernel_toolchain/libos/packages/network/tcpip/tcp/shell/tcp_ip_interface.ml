let pseudoheader_v4_bytes = 12
let tcp_header_bytes = 20
let header_bytes ~is_v6 = tcp_header_bytes + if is_v6 then 40 else 20

module Make (IP : Mirage_protocols.IP) = struct
  let is_v6 pseudoheader = Cstruct.length pseudoheader > pseudoheader_v4_bytes

  (* What the device offers comes with the buffer that the segment is written into. *)
  let device_tso_max ~is_v6 header =
    let offers = Mirage_net_headroom.capabilities header in
    let segments =
      if is_v6 then offers.segmentation_v6 else offers.segmentation_v4
    in
    if offers.checksum && segments then 0xffff else 0

  (* The device completes a sum that begins with the pseudo-header's. *)
  let set_checksum header ~pseudoheader payload =
    let field = Tcp_wire.checksum_offset in
    let checksum =
      if Mirage_net_headroom.leave_checksum header ~field then
        Tcpip_checksum.sum 0 pseudoheader
      else
        Tcpip_checksum.ones_complement_list (pseudoheader :: header :: payload)
    in
    Tcp_wire.set_tcp_checksum header checksum

  let fill ~on_tso_max ~pseudoheader (segment : Tcp_segment.t) payload ~length
      ~unit_size buffer =
    let header_length = Tcp_segment.header_length segment in
    let header = Cstruct.sub buffer 0 header_length in
    let is_v6 = is_v6 pseudoheader in
    Tcp_segment.write segment header;
    set_checksum header ~pseudoheader payload;
    if length > unit_size then
      Mirage_net_headroom.leave_segmentation header ~v6:is_v6 ~header_length
        ~mss:unit_size;
    if segment.control = Syn then on_tso_max (device_tso_max ~is_v6 header);
    header_length

  let send ip ~on_tso_max ~local ~remote segment payload ~length ~unit_size =
    let size = Tcp_segment.header_length segment in
    let pseudoheader =
      IP.pseudoheader ip ~src:local remote `TCP (size + length)
    in
    let fill = fill ~on_tso_max ~pseudoheader segment payload ~length ~unit_size in
    let fragment = length <= Tcp_path_mtu.least_unit in
    IP.write ip ~fragment ~src:local remote `TCP ~size fill payload

  (* Both kinds of pseudo-header begin with the addresses (RFC 9293, section
     3.1; RFC 8200, section 8.1). *)
  let addresses ip ~local ~remote =
    let pseudoheader = IP.pseudoheader ip ~src:local remote `TCP 0 in
    let both = if is_v6 pseudoheader then 32 else 8 in
    Cstruct.to_string ~len:both pseudoheader

  let header_bytes ip remote =
    header_bytes ~is_v6:(is_v6 (IP.pseudoheader ip ~src:remote remote `TCP 0))

  let checksum_ok ip ~src ~dst packet =
    Mirage_net_headroom.checksum_verified packet
    ||
    let length = Cstruct.length packet in
    let pseudoheader = IP.pseudoheader ip ~src dst `TCP length in
    Tcpip_checksum.ones_complement_list [ pseudoheader; packet ] = 0
end
