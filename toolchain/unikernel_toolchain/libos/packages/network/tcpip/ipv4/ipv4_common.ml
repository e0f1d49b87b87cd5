let set_checksum b =
  let header = Cstruct.sub b 0 (Ipv4_wire.header_bytes b) in
  Ipv4_wire.set_ipv4_csum header 0;
  Ipv4_wire.set_ipv4_csum header (Tcpip_checksum.ones_complement header)
