type sent = { at : int64; station : Macaddr.t; packet : Cstruct.t }
type route = Now of Macaddr.t | Later of Ipaddr.V6.t | No_route of string

type t = {
  mutable context : Ndpv6.context;
  mutable now : int64;
  mutable sent : sent list;
  mutable sent_packets : int;
  mutable news : Ndpv6.notification list;
  random : int -> Cstruct.t;
}

let context t = t.context
let now t = t.now

let write_out t (station, size, fill) =
  let packet = Cstruct.create size in
  let packet = Cstruct.sub packet 0 (fill packet) in
  t.sent <- { at = t.now; station; packet } :: t.sent;
  t.sent_packets <- t.sent_packets + 1

let set t context outputs =
  t.news <- Ndpv6.notifications context @ t.news;
  t.context <- Ndpv6.clear_notifications context;
  List.iter (write_out t) outputs

let create ?(random = Seeded.bytes) ?(at = 0L) mac =
  let context, outputs = Ndpv6.local ~now:at ~random mac in
  let t = { context; now = at; sent = []; sent_packets = 0; news = []; random } in
  set t context outputs;
  t

let change t f =
  let context, outputs = f ~now:t.now t.context in
  set t context outputs

let most_ticks = 100_000

let wait ?(meanwhile = ignore) t ns =
  let until = Int64.add t.now ns in
  let rec go ticks =
    let deadline = Ndpv6.deadline t.context in
    if ticks = 0 then failwith "work without end";
    if deadline <= until then begin
      t.now <- max t.now deadline;
      change t (fun ~now context -> Ndpv6.tick ~now context);
      meanwhile ();
      go (ticks - 1)
    end
  in
  go most_ticks;
  t.now <- until

let pause t ns = t.now <- Int64.add t.now ns

let receive t packet =
  let context, outputs, events =
    Ndpv6.handle ~now:t.now ~random:t.random t.context packet
  in
  set t context outputs;
  events

let write t dst =
  let context, route, outputs = Ndpv6.route ~now:t.now t.context dst in
  set t context outputs;
  match route with Now mac -> Now mac | Later ip -> Later ip | No_route why -> No_route why

let sent t =
  let sent = List.rev t.sent in
  t.sent <- [];
  sent

let sent_packets t = t.sent_packets

let news t =
  let news = List.rev t.news in
  t.news <- [];
  news

(* {2 What was sent} *)

let parts sent =
  match Ipv6_packet.Unmarshal.of_cstruct sent.packet with
  | Ok parts -> parts
  | Error why -> failwith why

let header sent = fst (parts sent)

let icmp sent =
  let ({ Ipv6_packet.src; dst; next_header; _ } : Ipv6_packet.t), payload = parts sent in
  match Ipv6_packet.content ~first:next_header payload with
  | Ok (Transport (58, packet)) ->
      if not (Icmpv6_packet.checksum_ok ~src ~dst packet) then failwith "a wrong checksum";
      Some packet
  | _ -> None

let message sent =
  let { Ipv6_packet.hop_limit; _ } = header sent in
  Option.bind (icmp sent) (fun packet ->
      Result.to_option (Icmpv6_packet.parse ~hop_limit packet))

let record b =
  ((Ipv6_layout.address_at b 4, Cstruct.get_uint8 b 0), 20 + (16 * Cstruct.BE.get_uint16 b 2))

let rec records b =
  if Cstruct.is_empty b then []
  else
    let record, length = record b in
    record :: records (Cstruct.shift b length)

let goes_out_right sent =
  let ({ Ipv6_packet.src; hop_limit; next_header; _ } : Ipv6_packet.t), payload = parts sent in
  let link_local = Ipaddr.V6.Prefix.mem src Ipaddr.V6.Prefix.link in
  if hop_limit <> 1 then failwith "a report with another hop limit than 1";
  if not (Ipv6_packet.router_alert ~first:next_header payload) then
    failwith "a report without router alert";
  if not (link_local || Ipaddr.V6.compare src Ipaddr.V6.unspecified = 0) then
    failwith "a report that is not from a link-local address"

let reports sent =
  match message sent with
  | Some (Other (143, _, _, data)) ->
      goes_out_right sent;
      records data
  | Some (Other (((131 | 132) as ty), _, _, data)) ->
      goes_out_right sent;
      [ (Ipv6_layout.address_at data 0, ty) ]
  | _ -> []

(* {2 What it receives} *)

let packet ?(hop_limit = 255) ?before ~src ~dst message =
  let parts = Icmpv6_packet.marshal ~src ~dst message in
  let parts, next_header =
    match before with Some (b, kind) -> (b :: parts, kind) | None -> (parts, 58)
  in
  let payload_len = Cstruct.lenv parts in
  let header = { Ipv6_packet.src; dst; hop_limit; next_header } in
  Cstruct.concat (Ipv6_packet.Marshal.make_cstruct ~payload_len header :: parts)
