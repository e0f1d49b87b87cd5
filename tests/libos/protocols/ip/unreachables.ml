(* packages: virtual-stacks *)

(* Whole stacks and what the network says of their packets: attempts to connect
   end at once, datagrams come in pieces that fit, forged reports do nothing. *)

open Lwt.Infix
open Case
open Virtual_stacks

let nothing ~src:_ ~dst:_ _ = Lwt.return_unit
let ignored ~proto:_ ~src:_ ~dst:_ _ = Lwt.return_unit

(* {2 Hosts that answer every packet with an error} *)

let listen net input =
  Lwt.async (fun () -> Lwt.map ignore (Net.listen net ~header_size:14 input))

let complainer4 segment n message =
  link segment n >>= fun (net, eth) ->
  ip4 eth n >|= fun (arp, ip) ->
  let answer ~proto ~src ~dst packet =
    let quoted = Icmpv4_message.unreachable Host_unreachable ~src ~dst ~proto packet in
    Ip4.write ip src `ICMP (fun _ -> 0) [ message (Cstruct.shift quoted 8) ] >|= ignore
  in
  let ipv4 = Ip4.input ip ~tcp:(answer ~proto:6) ~udp:(answer ~proto:17) ~default:ignored in
  listen net (Eth.input eth ~arpv4:(Arp4.input arp) ~ipv4 ~ipv6:(fun _ -> Lwt.return_unit))

let message4 ty code rest quote =
  let header = { Icmpv4_packet.ty; code; subheader = rest } in
  Cstruct.append (Icmpv4_packet.Marshal.make_cstruct header ~payload:quote) quote

let complainer6 segment n ?(change = Fun.id) ty code rest =
  link segment n >>= fun (net, eth) ->
  ip6 eth n >|= fun ip ->
  let answer ~proto ~src ~dst packet =
    let header = { Ipv6_packet.src; dst; hop_limit = 60; next_header = proto } in
    let payload_len = Cstruct.length packet in
    let head = Ipv6_packet.Marshal.make_cstruct ~payload_len header in
    let quote = Cstruct.append head (Cstruct.sub packet 0 (min 500 payload_len)) in
    let message = Icmpv6_packet.Other (ty, code, rest, change quote) in
    let parts = Icmpv6_packet.marshal ~src:(address6 n) ~dst:src message in
    Ip6.write ip ~src:(address6 n) src `ICMP (fun _ -> 0) parts >|= ignore
  in
  let ipv6 = Ip6.input ip ~tcp:(answer ~proto:6) ~udp:(answer ~proto:17) ~default:ignored in
  let none _ = Lwt.return_unit in
  listen net (Eth.input eth ~arpv4:none ~ipv4:none ~ipv6)

let settled = Duration.of_sec 5
let seconds_since begun = Duration.to_f (Int64.sub (Virtual_time.now_ns ()) begun)

(* {2 Attempts to connect} *)

let fails_with expected ~within_s connect pp =
  let begun = Virtual_time.now_ns () in
  connect () >|= function
  | Ok _ -> failwith "connected"
  | Error e ->
      equal Fun.id "why" expected (Format.asprintf "%a" pp e);
      let seconds = seconds_since begun in
      check (Printf.sprintf "took %.3f s" seconds) (seconds < within_s)

let refused4 ty code rest expected ~within_s () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  stack4 segment 1 >>= fun client ->
  complainer4 segment 2 (message4 ty code rest) >>= fun () ->
  let connect () = Tcp4.create_connection (Stack4.tcpv4 client) (address4 2, 80) in
  fails_with expected ~within_s connect Tcp4.pp_error

let refused6 ty code expected ~within_s () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  stack6 segment 1 >>= fun client ->
  complainer6 segment 2 ty code 0l >>= fun () ->
  Time.sleep_ns settled >>= fun () ->
  let connect () = Tcp6.create_connection (Stack6.tcp client) (address6 2, 80) in
  fails_with expected ~within_s connect Tcp6.pp_error

let absent4 () =
  Virtual_time.run @@ fun () ->
  stack4 (Net.segment ()) 1 >>= fun client ->
  let connect () = Tcp4.create_connection (Stack4.tcpv4 client) (address4 9, 80) in
  let why = "unreachable: no route to the destination: 10.0.0.9 does not answer" in
  fails_with why ~within_s:6. connect Tcp4.pp_error

let absent6 () =
  Virtual_time.run @@ fun () ->
  stack6 (Net.segment ()) 1 >>= fun client ->
  Time.sleep_ns settled >>= fun () ->
  let connect () = Tcp6.create_connection (Stack6.tcp client) (address6 9, 80) in
  let why = "unreachable: no route to the destination: 2001:db8::9 does not answer" in
  fails_with why ~within_s:6. connect Tcp6.pp_error

(* A report of another sequence number, or of none of this host's connections. *)
let forged () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  stack4 segment 1 >>= fun client ->
  let change quote =
    let other = Cstruct.append quote Cstruct.empty in
    Cstruct.set_uint8 other 24 (Cstruct.get_uint8 other 24 lxor 0x40);
    message4 Destination_unreachable 1 (Next_hop_mtu 0) other
  in
  complainer4 segment 2 change >>= fun () ->
  let connect () = Tcp4.create_connection (Stack4.tcpv4 client) (address4 2, 80) in
  let ended = connect () >|= fun _ -> failwith "a forged report ended it" in
  Lwt.pick [ ended; Time.sleep_ns (Duration.of_sec 60) ]

(* {2 Datagrams} *)

let told_of_datagram () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  stack4 segment 1 >>= fun client ->
  complainer4 segment 2 (message4 Destination_unreachable 1 (Next_hop_mtu 0)) >>= fun () ->
  let ports = ref [] in
  let heard (report : Ip_errors.t) =
    check "of the destination" (report.destination = Ipaddr.V4.to_octets (address4 2));
    ports := Udp_wire.get_udp_source_port report.transport :: !ports
  in
  let subscription = Ip_errors.subscribe ~protocol:17 heard in
  let payload = Cstruct.of_string "a question" in
  Udp4.write ~src_port:4000 ~dst:(address4 2) ~dst_port:53 (Stack4.udpv4 client) payload
  >>= fun _ ->
  Time.sleep_ns (Duration.of_sec 1) >|= fun () ->
  Ip_errors.cancel subscription;
  check "one report of port 4000" (!ports = [ 4000 ])

let longest segment =
  let longest = ref 0 in
  let look frame =
    if Cstruct.BE.get_uint16 frame 12 = 0x86dd && Cstruct.get_uint8 frame 11 = 1 then
      longest := max !longest (Cstruct.length frame - 14)
  in
  Net.watch segment look;
  fun () ->
    let found = !longest in
    longest := 0;
    found

let datagrams6 ?change told expected () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  let longest = longest segment in
  stack6 segment 1 >>= fun client ->
  complainer6 segment 2 ?change 2 0 told >>= fun () ->
  let udp = Stack6.udp client in
  let send bytes =
    Udp6.write ~src_port:4000 ~dst:(address6 2) ~dst_port:7 udp (Cstruct.create bytes)
    >>= fun _ ->
    Time.sleep_ns (Duration.of_sec 1) >|= longest
  in
  Time.sleep_ns settled >>= fun () ->
  send 1400 >>= fun first ->
  equal string_of_int "the first" 1448 first;
  send 1400 >>= fun second ->
  equal string_of_int "the second" expected second;
  send 8000 >>= fun large ->
  let path = if expected = 1448 then 1500 else expected in
  check "fragments of another length" (large <= path && large > path - 100);
  Time.sleep_ns (Duration.of_min 10) >>= fun () ->
  send 1400 >|= fun later -> equal string_of_int "ten minutes later" 1448 later

let another_datagram quote =
  let other = Cstruct.append quote Cstruct.empty in
  Cstruct.set_uint8 other 41 (Cstruct.get_uint8 other 41 lxor 1);
  other

(* {2 What may be divided on its way} *)

type segment_seen = { packet : Cstruct.t; payload : int }

let is_df seen = Ipv4_wire.get_ipv4_off seen.packet land Ipv4_wire.dont_fragment <> 0

(* TCP's data of station 1. *)
let data_of segment =
  let seen = ref [] in
  let look frame =
    let packet = Cstruct.shift frame 14 in
    if Cstruct.get_uint8 frame 11 = 1 && Cstruct.BE.get_uint16 frame 12 = 0x800
       && Ipv4_wire.get_ipv4_proto packet = 6
    then begin
      let packet = Cstruct.append packet Cstruct.empty in
      let header = 4 * (Cstruct.get_uint8 packet 32 lsr 4) in
      let payload = Ipv4_wire.get_ipv4_len packet - 20 - header in
      if payload > 0 then seen := { packet; payload } :: !seen
    end
  in
  Net.watch segment look;
  fun () ->
    let found = !seen in
    seen := [];
    found

let rec discard flow =
  Tcp4.read flow >>= function Ok (`Data _) -> discard flow | Ok `Eof | Error _ -> Lwt.return_unit

let opened = function
  | Ok flow -> flow
  | Error e -> failwith (Format.asprintf "%a" Tcp4.pp_error e)

let least_segments () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  let data = data_of segment in
  stack4 segment 1 >>= fun client ->
  stack4 segment 2 >>= fun server ->
  Stack4.listen_tcpv4 server ~port:9 discard;
  link segment 3 >>= fun (net, eth) ->
  ip4 eth 3 >>= fun (arp, router) ->
  let none _ = Lwt.return_unit in
  listen net (Eth.input eth ~arpv4:(Arp4.input arp) ~ipv4:none ~ipv6:none);
  Tcp4.create_connection (Stack4.tcpv4 client) (address4 2, 9) >|= opened >>= fun flow ->
  let send () =
    Tcp4.write flow (Cstruct.create 50_000) >>= fun _ ->
    Time.sleep_ns (Duration.of_ms 1) >|= fun () -> data ()
  in
  send () >>= fun full ->
  check "full segments" (List.exists (fun s -> s.payload = 1448) full);
  check "full segments may not be divided"
    (List.for_all (fun s -> s.payload < 1448 || is_df s) full);
  Net.set_conditions segment { Net.perfect with delay_ns = Duration.of_ms 50 };
  Tcp4.write flow (Cstruct.create 20_000) >>= fun _ ->
  Time.sleep_ns (Duration.of_ms 10) >>= fun () ->
  let quote = Cstruct.sub (List.hd (data ())).packet 0 28 in
  let message = message4 Destination_unreachable 4 (Next_hop_mtu 300) quote in
  Net.set_conditions segment Net.perfect;
  Ip4.write router (address4 1) `ICMP (fun _ -> 0) [ message ] >>= fun _ ->
  Time.sleep_ns (Duration.of_ms 100) >>= fun () ->
  ignore (data ());
  send () >|= fun least ->
  check "the least segments" (List.exists (fun s -> s.payload = 524) least);
  check "longer ones" (List.for_all (fun s -> s.payload <= 524) least);
  check "the least segments may be divided" (not (List.exists is_df least))

(* {2 What this host never complains about} *)

let complaints () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  let answers = ref 0 in
  let is_icmp frame =
    Cstruct.BE.get_uint16 frame 12 = 0x800 && Cstruct.get_uint8 frame 23 = 1
  in
  Net.watch segment (fun frame -> if is_icmp frame then incr answers);
  stack4 segment 1 >>= fun _ ->
  link segment 2 >>= fun (net, eth) ->
  ip4 eth 2 >>= fun (arp, _) ->
  let none _ = Lwt.return_unit in
  listen net (Eth.input eth ~arpv4:(Arp4.input arp) ~ipv4:none ~ipv6:none);
  let datagram = hex "0fa0 1b58 0010 0000 0001020304050607" in
  let send ?(off = 0) src dst =
    let options = Cstruct.empty in
    let header = { Ipv4_packet.src; dst; id = 7; off; ttl = 60; proto = 17; options } in
    let packet = Ipv4_packet.Marshal.make_cstruct ~payload_len:16 header in
    let head = Macaddr.to_octets (mac 1) ^ Macaddr.to_octets (mac 2) ^ "\x08\x00" in
    answers := 0;
    Net.inject net (Cstruct.concat [ Cstruct.of_string head; packet; datagram ]);
    Time.sleep_ns (Duration.of_sec 1) >|= fun () -> !answers
  in
  let ip = Ipaddr.V4.of_string_exn in
  let never title ?off src dst =
    send ?off (ip src) (ip dst) >|= fun n -> equal string_of_int title 0 n
  in
  send (address4 2) (address4 1) >>= fun n ->
  equal string_of_int "about a datagram" 1 n;
  never "to a broadcast" "10.0.0.2" "10.0.0.255" >>= fun () ->
  never "to everybody" "10.0.0.2" "255.255.255.255" >>= fun () ->
  never "to a group" "10.0.0.2" "224.0.0.1" >>= fun () ->
  never "from a group" "224.0.0.9" "10.0.0.1" >>= fun () ->
  never "from a broadcast" "10.0.0.255" "10.0.0.1" >>= fun () ->
  never "from nobody" "0.0.0.0" "10.0.0.1" >>= fun () ->
  never "from a loopback" "127.0.0.1" "10.0.0.1" >>= fun () ->
  never "from a reserved address" "241.0.0.1" "10.0.0.1" >>= fun () ->
  never "about a later fragment" ~off:4 "10.0.0.2" "10.0.0.1" >>= fun () ->
  never "about a first fragment" ~off:0x2000 "10.0.0.2" "10.0.0.1"

let () =
  let says text = "unreachable: 10.0.0.2 says: " ^ text in
  let says6 text = "unreachable: 2001:db8::2 says: " ^ text in
  let unreachable code text =
    refused4 Destination_unreachable code (Next_hop_mtu 0) (says text) ~within_s:0.1
  in
  case "a network is unreachable" (unreachable 0 "network unreachable");
  case "a host is unreachable" (unreachable 1 "host unreachable");
  case "a port is unreachable" (unreachable 3 "port unreachable");
  case "prohibited" (unreachable 13 "communication prohibited");
  case "time exceeded is remembered"
    (refused4 Time_exceeded 0 Unused (says "time exceeded") ~within_s:200.);
  case "no route over IPv6" (refused6 1 0 (says6 "no route") ~within_s:0.1);
  case "an address unreachable over IPv6"
    (refused6 1 3 (says6 "address unreachable") ~within_s:0.1);
  case "time exceeded over IPv6 is remembered"
    (refused6 3 0 (says6 "time exceeded") ~within_s:200.);
  case "an absent neighbour" absent4;
  case "an absent neighbour over IPv6" absent6;
  case "a forged report" forged;
  case "a datagram's sender is told" told_of_datagram;
  case "the least segments may be divided" least_segments;
  case "what errors are never about" complaints;
  case "datagrams over IPv6 fit the path" (datagrams6 1400l 1400);
  case "no path over IPv6 takes less than 1280" (datagrams6 1000l 1448);
  case "a forged report of a datagram" (datagrams6 ~change:another_datagram 1300l 1448)
