(* RFC 1122, section 3.2.2: no error about an error, a broadcast, a fragment other than
   the first, or a source that is no single host. *)

let reply_to (header : Icmpv4_packet.t) =
  match header.ty with
  | Echo_request -> Some { header with ty = Echo_reply; code = 0 }
  | _ -> None

(* Hosts' own addresses: neither 0.0.0.0/8, 127/8, nor 224/3. *)
let may_receive_errors src =
  let first = Int32.to_int (Int32.shift_right_logical (Ipaddr.V4.to_int32 src) 24) in
  first <> 0 && first <> 127 && first < 224

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

(* {2 What others say of our packets} *)

let min_quote_bytes = 8
let phrase name = String.map (function '_' -> ' ' | c -> c) (String.lowercase_ascii name)

let unreachable_phrase code =
  match Icmpv4_wire.int_to_unreachable_reason code with
  | Some reason -> phrase (Icmpv4_wire.unreachable_reason_to_string reason)
  | None -> Printf.sprintf "unreachable, code %d" code

let fragmentation_needed = Icmpv4_wire.unreachable_reason_to_int Would_fragment

let reason ~reporter (header : Icmpv4_packet.t) =
  let reported_by what = Ipaddr.V4.to_string reporter ^ " says: " ^ what in
  match (header.ty, header.subheader) with
  | Destination_unreachable, Next_hop_mtu mtu when header.code = fragmentation_needed ->
      Some (Ip_errors.Too_big mtu)
  | Destination_unreachable, _ -> Some (Unreachable (reported_by (unreachable_phrase header.code)))
  | (Time_exceeded | Parameter_problem), _ ->
      Some (Soft_error (reported_by (phrase (Icmpv4_wire.ty_to_string header.ty))))
  | _ -> None

(* Only a datagram's first fragment tells of whom it was. *)
let quoted quote =
  match Ipv4_packet.Unmarshal.header_of_cstruct quote with
  | Ok (header, length)
    when Ipv4_wire.offset_bytes header.off = 0
      && Cstruct.length quote >= length + min_quote_bytes ->
      Some (header, Cstruct.shift quote length)
  | Ok _ | Error _ -> None

let report ~reporter header quote =
  match (reason ~reporter header, quoted quote) with
  | Some reason, Some ({ src; dst; proto; _ }, transport) ->
      let source = Ipaddr.V4.to_octets src and destination = Ipaddr.V4.to_octets dst in
      Some { Ip_errors.reason; protocol = proto; source; destination; transport }
  | _ -> None
