let reply_to (header : Icmpv4_packet.t) =
  match header.ty with
  | Echo_request -> Some { header with ty = Echo_reply; code = 0 }
  | _ -> None

let quoted_payload_bytes = 8

let quote ~src ~dst ~proto payload =
  let payload_len = Cstruct.length payload in
  let header =
    { Ipv4_packet.src; dst; id = 0; off = 0; ttl = 0; proto; options = Cstruct.empty }
  in
  let header = Ipv4_packet.Marshal.make_cstruct ~payload_len header in
  let beginning = Cstruct.sub payload 0 (Int.min quoted_payload_bytes payload_len) in
  Cstruct.append header beginning

let unreachable reason ~src ~dst ~proto payload =
  let code = Icmpv4_wire.unreachable_reason_to_int reason in
  let header =
    { Icmpv4_packet.ty = Destination_unreachable; code; subheader = Next_hop_mtu 0 }
  in
  let quote = quote ~src ~dst ~proto payload in
  Cstruct.append (Icmpv4_packet.Marshal.make_cstruct header ~payload:quote) quote
