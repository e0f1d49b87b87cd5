(* packages: virtual-stacks *)

(* Whole stacks with a link between them that takes less than their own: the
   station on it says so, or does not. The device cuts segments, or TCP does. *)

open Lwt.Infix
open Case
open Virtual_stacks
module Headroom = Mirage_net_headroom

(* {2 The link} *)

type narrow = { mtu : int; tells : bool; mutable dropped : int; mutable passed : int }

let header_bytes = 14
let is_v6 frame = Cstruct.BE.get_uint16 frame 12 = 0x86dd

(* Of an IP packet in a frame, or of each that a device would make of it. *)
let length frame =
  let bytes = Cstruct.length frame - header_bytes in
  if not (Headroom.is_segmented frame) then bytes
  else
    let ip = if is_v6 frame then 40 else 20 in
    let tcp = 4 * (Cstruct.get_uint8 frame (header_bytes + ip + 12) lsr 4) in
    Int.min bytes (ip + tcp + Headroom.coalesced_segment_size frame)

let may_divide frame =
  (not (is_v6 frame))
  && Ipv4_wire.get_ipv4_off (Cstruct.shift frame header_bytes) land Ipv4_wire.dont_fragment = 0

let quote frame bytes =
  let packet = Cstruct.shift frame header_bytes in
  Cstruct.append (Cstruct.sub packet 0 (Int.min bytes (Cstruct.length packet))) Cstruct.empty

let told4 frame mtu =
  let quote = quote frame 28 in
  let address at = Ipaddr.V4.of_int32 (Cstruct.BE.get_uint32 quote at) in
  let subheader = Icmpv4_packet.Next_hop_mtu mtu in
  let header = { Icmpv4_packet.ty = Destination_unreachable; code = 4; subheader } in
  let message = Cstruct.append (Icmpv4_packet.Marshal.make_cstruct header ~payload:quote) quote in
  let payload_len = Cstruct.length message and options = Cstruct.empty in
  let src = address 16 and dst = address 12 in
  let header = { Ipv4_packet.src; dst; id = 0; off = 0; ttl = 64; proto = 1; options } in
  Cstruct.append (Ipv4_packet.Marshal.make_cstruct ~payload_len header) message

let told6 frame mtu =
  let quote = quote frame 600 in
  let src = Ipv6_layout.destination quote and dst = Ipv6_layout.source quote in
  let parts = Icmpv6_packet.marshal ~src ~dst (Other (2, 0, Int32.of_int mtu, quote)) in
  let payload_len = Cstruct.lenv parts in
  let header = { Ipv6_packet.src; dst; hop_limit = 64; next_header = 58 } in
  Cstruct.concat (Ipv6_packet.Marshal.make_cstruct ~payload_len header :: parts)

let answer net narrow frame =
  let packet = if is_v6 frame then told6 frame narrow.mtu else told4 frame narrow.mtu in
  let head = Cstruct.to_string ~off:6 ~len:6 frame ^ Cstruct.to_string ~len:6 frame in
  let kind = Cstruct.to_string ~off:12 ~len:2 frame in
  Net.inject net (Cstruct.append (Cstruct.of_string (head ^ kind)) packet)

(* A station on two segments that carries frames from the one to the other. *)
let carry narrow ~from ~toward =
  let take frame =
    if length frame <= narrow.mtu || may_divide frame then begin
      narrow.passed <- narrow.passed + 1;
      Net.inject toward frame
    end
    else begin
      narrow.dropped <- narrow.dropped + 1;
      if narrow.tells then answer from narrow frame
    end;
    Lwt.return_unit
  in
  Lwt.async (fun () -> Lwt.map ignore (Net.listen from ~header_size:header_bytes take))

let join ?capabilities narrow near far =
  Net.connect ?capabilities near (mac 8) >>= fun one ->
  Net.connect ?capabilities far (mac 9) >|= fun other ->
  carry narrow ~from:one ~toward:other;
  carry narrow ~from:other ~toward:one

(* {2 Transfers} *)

let bytes = 1_000_000

module Transfer (T : Mirage_protocols.TCP) = struct
  let rec count flow seen =
    T.read flow >>= function
    | Ok (`Data data) -> count flow (seen + Cstruct.length data)
    | Ok `Eof -> Lwt.return seen
    | Error e -> failwith (Format.asprintf "%a" T.pp_error e)

  let serve received flow =
    count flow 0 >>= fun seen ->
    Lwt.wakeup_later received seen;
    T.close flow

  (* Virtual seconds until all has arrived. *)
  let send tcp destination received =
    let begun = Virtual_time.now_ns () in
    T.create_connection tcp (destination, 9) >>= function
    | Error e -> failwith (Format.asprintf "%a" T.pp_error e)
    | Ok flow ->
        T.write flow (Seeded.bytes bytes) >>= fun _ ->
        Lwt.async (fun () -> T.close flow);
        received >|= fun seen ->
        equal string_of_int "bytes" bytes seen;
        Duration.to_f (Int64.sub (Virtual_time.now_ns ()) begun)
end

module Transfer4 = Transfer (Tcp4)
module Transfer6 = Transfer (Tcp6)

let with_link ?capabilities ~mtu ~tells run =
  Virtual_time.run @@ fun () ->
  let conditions = { Net.perfect with delay_ns = Duration.of_ms 1 } in
  let near = Net.segment ~conditions () and far = Net.segment ~conditions () in
  let narrow = { mtu; tells; dropped = 0; passed = 0 } in
  join ?capabilities narrow near far >>= fun () ->
  run near far >|= fun seconds -> (seconds, narrow)

let over4 ?capabilities near far =
  stack4 ?capabilities near 1 >>= fun client ->
  stack4 ?capabilities far 2 >>= fun server ->
  let received, all = Lwt.wait () in
  Stack4.listen_tcpv4 server ~port:9 (Transfer4.serve all);
  Transfer4.send (Stack4.tcpv4 client) (address4 2) received

let over6 ?capabilities near far =
  stack6 ?capabilities near 1 >>= fun client ->
  stack6 ?capabilities far 2 >>= fun server ->
  let received, all = Lwt.wait () in
  Stack6.listen_tcp server ~port:9 (Transfer6.serve all);
  Time.sleep_ns (Duration.of_sec 5) >>= fun () ->
  Transfer6.send (Stack6.tcp client) (address6 2) received

let compared ?capabilities over title ~mtu ~tells =
  let straight, _ = with_link ?capabilities ~mtu:1500 ~tells (over ?capabilities) in
  let seconds, narrow = with_link ?capabilities ~mtu ~tells (over ?capabilities) in
  Printf.printf "%-40s %.3f s for %.3f s, %d dropped of %d\n" title seconds straight
    narrow.dropped narrow.passed;
  check "nothing was too long" (narrow.dropped > 0);
  check "too much was too long" (narrow.dropped < 40);
  check "more than twice the time" (seconds <= 2. *. straight)

let offloads = { Headroom.checksum = true; segmentation_v4 = true; segmentation_v6 = true }

let () =
  List.iter
    (fun (family, over, mtu, tells) ->
       let how = if tells then "told" else "silent" in
       let title = Printf.sprintf "%s, MTU %d, %s" family mtu how in
       case title (fun () -> compared over title ~mtu ~tells);
       case (title ^ ", bursts") (fun () ->
           compared ~capabilities:offloads over (title ^ ", bursts") ~mtu ~tells))
    [
      ("IPv4", over4, 1400, true);
      ("IPv4", over4, 1400, false);
      ("IPv4", over4, 600, true);
      ("IPv4", over4, 600, false);
      ("IPv4", over4, 300, true);
      ("IPv4", over4, 300, false);
      ("IPv6", over6, 1400, true);
      ("IPv6", over6, 1400, false);
      ("IPv6", over6, 1280, true);
      ("IPv6", over6, 1280, false);
    ]
