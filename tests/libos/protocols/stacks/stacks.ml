(* packages: dns dns-client.mirage unikernel-apps.http virtual-network virtual-stacks *)

(* Whole stacks, as an application gets them: TCP, UDP, a resolver's client and
   an HTTP server. *)

open Lwt.Infix
open Case
open Virtual_stacks
module Stack = Stack4

let address = address4
let stack = stack4

(* {2 TCP over either IP} *)

module Echo (T : Mirage_protocols.TCP) = struct
  let rec serve flow =
    T.read flow >>= function
    | Ok (`Data data) -> (
        T.write flow data >>= function
        | Ok () -> serve flow
        | Error _ -> Lwt.return_unit)
    | Ok `Eof | Error _ -> T.close flow

  let rec collect flow missing pieces =
    if missing <= 0 then Lwt.return (Cstruct.concat (List.rev pieces))
    else
      T.read flow >>= function
      | Ok (`Data data) -> collect flow (missing - Cstruct.length data) (data :: pieces)
      | Ok `Eof -> failwith "the end came early"
      | Error e -> failwith (Format.asprintf "%a" T.pp_error e)

  let exchange tcp server bytes =
    T.create_connection tcp (server, 7) >>= function
    | Error e -> failwith (Format.asprintf "%a" T.pp_error e)
    | Ok flow ->
        let data = Seeded.bytes bytes in
        let writing = T.write flow data in
        collect flow bytes [] >>= fun echoed ->
        check "other bytes" (Cstruct.equal data echoed);
        writing >>= fun _ -> T.close flow
end

module Echo4 = Echo (Tcp4)
module Echo6 = Echo (Tcp6)

let offloads =
  { Mirage_net_headroom.checksum = true; segmentation_v4 = true; segmentation_v6 = true }

let longest_frame segment =
  let longest = ref 0 in
  Net.watch segment (fun frame -> longest := max !longest (Cstruct.length frame));
  longest

let max_frame_bytes = 1514

let tcp_v4 ?capabilities ?conditions () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment ?conditions () in
  let longest = longest_frame segment in
  stack ?capabilities segment 1 >>= fun client ->
  stack ?capabilities segment 2 >>= fun server ->
  Stack.listen_tcpv4 server ~port:7 Echo4.serve;
  Echo4.exchange (Stack.tcpv4 client) (address 2) 300_000 >|= fun () ->
  let segmented = !longest > max_frame_bytes in
  check "segmentation left to the device" (segmented = Option.is_some capabilities)

let tcp_v6 ?capabilities () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  let longest = longest_frame segment in
  stack6 ?capabilities segment 1 >>= fun client ->
  stack6 ?capabilities segment 2 >>= fun server ->
  Stack6.listen_tcp server ~port:7 Echo6.serve;
  Echo6.exchange (Stack6.tcp client) (address6 2) 300_000 >|= fun () ->
  let segmented = !longest > max_frame_bytes in
  check "segmentation left to the device" (segmented = Option.is_some capabilities)

(* {2 UDP and ICMP} *)

let unreachable () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  let refusals = ref 0 in
  Net.watch segment (fun frame ->
      match Ipv4_packet.Unmarshal.of_cstruct (Cstruct.shift frame 14) with
      | Ok ({ proto = 1; _ }, message) when Cstruct.get_uint8 message 0 = 3 -> incr refusals
      | _ -> ());
  stack segment 1 >>= fun client ->
  stack segment 2 >>= fun _server ->
  let send _ =
    Udp4.write ~dst:(address 2) ~dst_port:9 (Stack.udpv4 client) (Cstruct.create 10)
    >|= fun sent -> check "not sent" (Result.is_ok sent)
  in
  Lwt_list.iter_s send (List.init 500 Fun.id) >>= fun () ->
  Time.sleep_ns (Duration.of_ms 100) >>= fun () ->
  equal string_of_int "refusals" Tcpip_stack_direct.errors_per_second !refusals;
  Time.sleep_ns (Duration.of_sec 2) >>= fun () ->
  send 0 >>= fun () ->
  Time.sleep_ns (Duration.of_sec 1) >|= fun () ->
  equal string_of_int "refusals" (Tcpip_stack_direct.errors_per_second + 1) !refusals

(* RFC 4443, section 3.4: type 4, code 1, pointing at the header's field. *)
let unknown_protocol () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  let told = ref 0 in
  Net.watch segment (fun frame ->
      let message = Cstruct.shift frame 54 in
      if Cstruct.get_uint8 frame 20 = 58 && Cstruct.BE.get_uint16 message 0 = 0x401 then (
        equal Int32.to_string "pointer" 6l (Cstruct.BE.get_uint32 message 4);
        incr told));
  stack6 segment 1 >>= fun _server ->
  stack6 segment 2 >>= fun _asks ->
  Net.connect segment (mac 3) >>= fun line ->
  let ethernet = Cstruct.of_string (Macaddr.to_octets (mac 1) ^ Macaddr.to_octets (mac 2) ^ "\x86\xdd") in
  let packet next_header =
    let header = { Ipv6_packet.src = address6 2; dst = address6 1; hop_limit = 64; next_header } in
    Cstruct.concat [ ethernet; Ipv6_packet.Marshal.make_cstruct ~payload_len:8 header; Cstruct.create 8 ]
  in
  let send next_header =
    Net.inject line (packet next_header);
    Time.sleep_ns (Duration.of_sec 2)
  in
  send 200 >>= fun () ->
  equal string_of_int "told" 1 !told;
  send 59 >|= fun () -> equal string_of_int "told of nothing" 1 !told

let wrong_port () =
  Virtual_time.run @@ fun () ->
  stack (Net.segment ()) 1 >|= fun s ->
  match Stack.listen_tcpv4 s ~port:65_536 (fun _ -> Lwt.return_unit) with
  | () -> failwith "port 65,536 was taken"
  | exception Invalid_argument _ -> ()

let disconnected () =
  Virtual_time.run @@ fun () ->
  stack (Net.segment ()) 1 >>= fun s ->
  let listening = Stack.listen s in
  check "not listening" (Lwt.is_sleeping listening);
  Stack.disconnect s >>= fun () -> listening

(* {2 Names} *)

module Resolver = Dns_client_mirage.Make (Random) (Time) (Clock) (Stack)

let answered ?(flags = 0x8180) ?(answers = true) message =
  let q = Result.get_ok (Dns_packet.parse message) in
  let name, _, _ = q.question in
  let record = { Dns_record.name; ttl = 60l; data = A (address 77) } in
  Dns_packet.marshal { q with flags; answers = (if answers then [ record ] else []) }

let serve_udp server answer ~src ~dst:_ ~src_port message =
  Udp4.write ~src_port:53 ~dst:src ~dst_port:src_port (Stack.udpv4 server) (answer message)
  >|= ignore

let serve_tcp flow =
  Tcp4.read flow >>= function
  | Ok (`Data data) ->
      let reply = answered (Cstruct.shift data 2) in
      let length = Cstruct.create 2 in
      Cstruct.BE.set_uint16 length 0 (Cstruct.length reply);
      Tcp4.writev flow [ length; reply ] >>= fun _ -> Tcp4.close flow
  | _ -> Tcp4.close flow

let host = Domain_name.host_exn (Domain_name.of_string_exn "www.example.org")

let resolve ?(kind = `UDP) prepare expected () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  stack segment 1 >>= fun client ->
  stack segment 2 >>= fun server ->
  prepare server;
  let resolver = Resolver.create ~nameserver:(kind, (address 2, 53)) client in
  Resolver.gethostbyname resolver host >|= fun answer ->
  let found =
    match answer with Ok ip -> Ipaddr.V4.to_string ip | Error (`Msg why) -> why
  in
  equal Fun.id "answer" expected found;
  check "took more than 5 s" (Virtual_time.now_ns () <= Duration.of_sec 6)

let over_udp server = Stack.listen_udpv4 server ~port:53 (serve_udp server answered)
let over_tcp server = Stack.listen_tcpv4 server ~port:53 serve_tcp

let over_both server =
  let cut = answered ~flags:0x8380 ~answers:false in
  Stack.listen_udpv4 server ~port:53 (serve_udp server cut);
  over_tcp server

(* {2 HTTP} *)

module Http = Http_server.Make (Stack)

let get flow =
  Tcp4.write flow (Cstruct.of_string "GET / HTTP/1.1\r\nHost: x\r\n\r\n") >>= fun _ ->
  Tcp4.read flow >|= function
  | Ok (`Data data) -> check "another answer" (Cstruct.to_string ~len:12 data = "HTTP/1.1 200")
  | Ok `Eof | Error _ -> failwith "no answer"

let is_from n frame = Cstruct.to_string ~off:6 ~len:6 frame = Macaddr.to_octets (mac n)
let minutes = Duration.of_min

(* When [n] sent something last, in seconds of virtual time. *)
let last_word segment n =
  let at = ref 0L in
  Net.watch segment (fun frame -> if is_from n frame then at := Virtual_time.now_ns ());
  fun () -> Duration.to_sec !at

let vanished_peer () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  let last_word = last_word segment 2 in
  stack segment 1 >>= fun client ->
  stack segment 2 >>= fun server ->
  let limits = { (Http_limits.default ()) with idle_s = 3600 } in
  Lwt.async (fun () -> Http.serve ~limits server [ ("/", Http_response.page "x") ]);
  Tcp4.create_connection (Stack.tcpv4 client) (address 2, 80) >>= function
  | Error e -> failwith (Format.asprintf "%a" Tcp4.pp_error e)
  | Ok flow ->
      get flow >>= fun () ->
      Time.sleep_ns (minutes 10) >>= fun () ->
      get flow >>= fun () ->
      Time.sleep_ns (Duration.of_sec 1) >>= fun () ->
      Net.set_conditions segment { Net.perfect with loss = 1. };
      Time.sleep_ns (minutes 20) >|= fun () ->
      let let_go = last_word () - Duration.to_sec (minutes 10) in
      check "let go 2 minutes after the last request" (let_go >= 120 && let_go < 125)

let () =
  case "tcp" tcp_v4;
  case "tcp, work left to the device" (tcp_v4 ~capabilities:offloads);
  case "tcp under loss and corruption"
    (tcp_v4 ~conditions:{ Net.perfect with loss = 0.02; corrupt = 0.01 });
  case "tcp over IPv6" tcp_v6;
  case "tcp over IPv6, work left to the device" (tcp_v6 ~capabilities:offloads);
  case "udp to a closed port is refused, not too often" unreachable;
  case "an unknown protocol over IPv6" unknown_protocol;
  case "a port above 65,535" wrong_port;
  case "listening ends with the stack" disconnected;
  case "a name over UDP" (resolve over_udp "10.0.0.77");
  case "a name over TCP" (resolve ~kind:`TCP over_tcp "10.0.0.77");
  case "a name over UDP, then TCP" (resolve over_both "10.0.0.77");
  case "a web server keeps an idle peer, and lets go of one that is gone" vanished_peer;
  case "no name server"
    (resolve ignore
       "the name server cannot be reached: 10.0.0.2 says: port unreachable")
