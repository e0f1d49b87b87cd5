(* packages: tcpip dns dns-client.mirage virtual-network virtual-stacks *)

(* Which name servers a client asks: the one given, or those that networks tell of. *)

open Lwt.Infix
open Case
open Virtual_stacks
module Stack = Stack4
module Resolver = Dns_client_mirage.Make (Random) (Time) (Clock) (Stack)

let address = address4
let stack segment n = stack4 segment n

let questions = Hashtbl.create 7
let asked n = Option.value (Hashtbl.find_opt questions n) ~default:0

(* Names are told apart by the server's number: each says 192.0.2.N. *)
let answer n ?(flags = 0x8180) message =
  let q = Result.get_ok (Dns_packet.parse message) in
  let name, _, _ = q.question in
  let data = Ipaddr.V4.of_string_exn (Printf.sprintf "192.0.2.%d" n) in
  let record = { Dns_record.name; ttl = 0l; data = A data } in
  Dns_packet.marshal { q with flags; answers = (if flags = 0x8180 then [ record ] else []) }

let server segment ?flags n =
  stack segment n >|= fun s ->
  Stack.listen_udpv4 s ~port:53 (fun ~src ~dst:_ ~src_port message ->
      Hashtbl.replace questions n (asked n + 1);
      let reply = answer n ?flags message in
      Udp4.write ~src_port:53 ~dst:src ~dst_port:src_port (Stack.udpv4 s) reply >|= ignore)

let dhcp = Name_servers.Dhcp (mac 1)
let router = Name_servers.Router (mac 1, Ipaddr.V6.of_string_exn "fe80::1")
let tell source numbers = Name_servers.set source (List.map (fun n -> (v4 n, None)) numbers)

let forget () =
  Hashtbl.reset questions;
  Name_servers.set dhcp [];
  Name_servers.set router []

let host = Domain_name.host_exn (Domain_name.of_string_exn "www.example.org")

let resolve resolver =
  Resolver.gethostbyname resolver host >|= function
  | Ok ip -> Ipaddr.V4.to_string ip
  | Error (`Msg why) -> why

let expect resolver expected = resolve resolver >|= equal Fun.id "answer" expected

(* Servers 2 and 3 answer, 4 refuses, 9 is not there. *)
let with_servers ?nameserver test () =
  forget ();
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  server segment 2 >>= fun () ->
  server segment 3 >>= fun () ->
  server segment 4 ~flags:0x8185 >>= fun () ->
  stack segment 1 >>= fun client -> test (Resolver.create ?nameserver client)

let told resolver =
  tell dhcp [ 2; 3 ];
  expect resolver "192.0.2.2" >|= fun () -> equal string_of_int "asked" 0 (asked 3)

let renewed resolver =
  tell dhcp [ 2 ];
  expect resolver "192.0.2.2" >>= fun () ->
  tell dhcp [ 3 ];
  expect resolver "192.0.2.3"

let ended resolver =
  Name_servers.set dhcp [ (v4 2, Some (Duration.of_sec 60)); (v4 3, None) ];
  expect resolver "192.0.2.2" >>= fun () ->
  Time.sleep_ns (Duration.of_sec 61) >>= fun () -> expect resolver "192.0.2.3"

let refusing resolver =
  tell dhcp [ 4; 2 ];
  expect resolver "192.0.2.2"

(* The server that is not there costs its time once. *)
let absent resolver =
  tell dhcp [ 9; 3 ];
  expect resolver "192.0.2.3" >>= fun () ->
  let before = Virtual_time.now_ns () in
  expect resolver "192.0.2.3" >|= fun () ->
  let took = Int64.sub (Virtual_time.now_ns ()) before in
  check "asked the silent server first again" (took < Duration.of_sec 1)

let all_absent resolver =
  tell dhcp [ 9; 10; 11; 12; 13 ];
  resolve resolver >|= fun answer ->
  check answer (answer <> "192.0.2.2");
  check "took more than three servers' time" (Virtual_time.now_ns () <= Duration.of_sec 16)

let overridden resolver =
  tell dhcp [ 2 ];
  expect resolver "192.0.2.3"

let other_family resolver =
  Name_servers.set router [ (Ipaddr.of_string_exn "2001:db8::53", None) ];
  tell dhcp [ 2 ];
  expect resolver "192.0.2.2" >|= fun () ->
  check "took time" (Virtual_time.now_ns () < Duration.of_sec 1)

let untold resolver =
  let _, (address, port) = Resolver.nameserver resolver in
  equal Ipaddr.V4.to_string "address" (Ipaddr.V4.of_string_exn "91.239.100.100") address;
  equal string_of_int "port" 53 port;
  Lwt.return_unit

let () =
  case "those of the network" (with_servers told);
  case "those of a renewed lease" (with_servers renewed);
  case "those whose time is over are not asked" (with_servers ended);
  case "the next when one refuses" (with_servers refusing);
  case "the next when one is not there" (with_servers absent);
  case "an end when none is there" (with_servers all_absent);
  case "the one given goes first" (with_servers ~nameserver:(`UDP, (address 3, 53)) overridden);
  case "IPv6 servers are not for an IPv4 stack" (with_servers other_family);
  case "the default where nobody tells" (with_servers untold)
