(* packages: mirage-vnetif virtual-network virtual-stacks *)

(* Several stacks on a switch of one program: TCP and UDP between them, and what the switch
   does with those who do not listen, do not wait, or leave. *)

open Lwt.Infix
open Case
module Backend = Basic_backend.Make
module Net = Vnetif.Make (Backend)
module _ : Vnetif.BACKEND with type t = Backend.t = Backend
module _ : Mirage_net.S = Net
module Time = Virtual_time.Time
module Clock = Virtual_time.Mclock
module Random = Seeded.Random
module Eth = Ethernet.Make (Net)
module Arp4 = Arp.Make (Eth) (Time)
module Ip4 = Static_ipv4.Make (Random) (Clock) (Eth) (Arp4)
module Icmp4 = Icmpv4.Make (Ip4)
module Udp4 = Udp.Make (Ip4) (Random)
module Tcp4 = Tcp.Flow.Make (Ip4) (Time) (Clock) (Random)
module Stack = Tcpip_stack_direct.Make (Time) (Random) (Net) (Eth) (Arp4) (Ip4) (Icmp4) (Udp4) (Tcp4)

let address = Virtual_stacks.address4

let stack backend n =
  Net.connect backend >>= fun net ->
  Eth.connect net >>= fun eth ->
  Arp4.connect eth >>= fun arp ->
  Ip4.connect ~cidr:(Ipaddr.V4.Prefix.make 24 (address n)) eth arp >>= fun ip ->
  Icmp4.connect ip >>= fun icmp ->
  Udp4.connect ip >>= fun udp ->
  Tcp4.connect ip >>= fun tcp ->
  Stack.connect net eth arp ip icmp udp tcp >|= fun stack ->
  Lwt.async (fun () -> Stack.listen stack);
  (net, stack)

let fail_tcp what e = failwith (Format.asprintf "%s: %a" what Tcp4.pp_error e)

let rec echo flow =
  Tcp4.read flow >>= function
  | Ok (`Data data) -> Tcp4.write flow data >>= fun _ -> echo flow
  | Ok `Eof | Error _ -> Tcp4.close flow

let rec collect flow kept =
  Tcp4.read flow >>= function
  | Ok (`Data data) -> collect flow (data :: kept)
  | Ok `Eof -> Lwt.return (Cstruct.concat (List.rev kept))
  | Error e -> fail_tcp "read" e

(* A megabyte there and back. *)
let exchange client server_address =
  Tcp4.create_connection (Stack.tcpv4 client) (server_address, 7) >>= function
  | Error e -> fail_tcp "connect" e
  | Ok flow ->
      let data = Seeded.bytes 1_000_000 in
      let writing = Tcp4.write flow data >>= fun _ -> Tcp4.close flow in
      collect flow [] >>= fun echoed ->
      check "other bytes came back" (Cstruct.equal data echoed);
      writing

let tcp ?use_async_readers ?yield () =
  Virtual_time.run @@ fun () ->
  let backend = Backend.create ?use_async_readers ?yield () in
  stack backend 1 >>= fun (_, client) ->
  stack backend 2 >>= fun (_, server) ->
  stack backend 3 >>= fun (_, other) ->
  Stack.listen_tcpv4 server ~port:7 echo;
  Lwt.join [ exchange client (address 2); exchange other (address 2) ]

let udp () =
  Virtual_time.run @@ fun () ->
  let backend = Backend.create () in
  stack backend 1 >>= fun (_, client) ->
  stack backend 2 >>= fun (net, server) ->
  let heard, hear = Lwt.wait () in
  Stack.listen_udpv4 client ~port:99 (fun ~src ~dst:_ ~src_port data ->
      Lwt.wakeup_later hear (src, src_port, Cstruct.to_string data);
      Lwt.return_unit);
  Stack.listen_udpv4 server ~port:7 (fun ~src ~dst:_ ~src_port data ->
      Udp4.write ~src_port:7 ~dst:src ~dst_port:src_port (Stack.udpv4 server) data >|= ignore);
  Udp4.write ~src_port:99 ~dst:(address 2) ~dst_port:7 (Stack.udpv4 client)
    (Cstruct.of_string "hello")
  >>= fun _ ->
  heard >|= fun (src, port, text) ->
  check "from another" (Ipaddr.V4.compare src (address 2) = 0 && port = 7);
  equal Fun.id "text" "hello" text;
  let stats = Net.get_stats_counters net in
  check "the server counts what it got and sent" (stats.rx_pkts >= 2l && stats.tx_pkts >= 2l);
  check "bytes" (stats.tx_bytes >= Int64.of_int (14 + 20 + 8 + 5))

(* {2 The switch} *)

let frame text buffer =
  Cstruct.blit_from_string text 0 buffer 0 (String.length text);
  String.length text

let text = "fourteen bytes, and more"
let send ?(text = text) net = Net.write net ~size:(String.length text) (frame text)

let listening ?monitor_fn ?unlock_on_listen ?flush_on_disconnect backend callback =
  Net.connect ?monitor_fn ?unlock_on_listen ?flush_on_disconnect backend >|= fun net ->
  let ended = Net.listen net ~header_size:14 callback in
  (net, ended)

let in_order () =
  Virtual_time.run @@ fun () ->
  let backend = Backend.create () in
  let seen = ref [] and copies = ref 0 in
  let receive data = seen := Cstruct.to_string data :: !seen; Cstruct.memset data 0; Lwt.return_unit in
  let monitor_fn _ = incr copies; Lwt.return_unit in
  listening ~monitor_fn backend receive >>= fun _ ->
  let others = ref [] in
  listening backend (fun data -> others := Cstruct.to_string data :: !others; Lwt.return_unit)
  >>= fun _ ->
  Net.connect backend >>= fun sender ->
  let texts = List.init 100 (Printf.sprintf "frame number %04d") in
  let sent = List.map (fun text -> send ~text sender) texts in
  Lwt.join (List.map (fun sent -> sent >|= fun r -> check "sent" (Result.is_ok r)) sent) >|= fun () ->
  check "in their order" (List.rev !seen = texts);
  check "each has a copy of its own" (List.rev !others = texts);
  equal string_of_int "monitored" 100 !copies

let addresses () =
  Virtual_time.run @@ fun () ->
  let macs = Hashtbl.create 1000 in
  let rec connect backend left =
    if left = 0 then Lwt.return_unit
    else
      Net.connect backend >>= fun net ->
      let mac = Net.mac net in
      check "twice" (not (Hashtbl.mem macs (Macaddr.to_octets mac)));
      check "kind" (Macaddr.is_local mac && Macaddr.is_unicast mac);
      Hashtbl.add macs (Macaddr.to_octets mac) ();
      connect backend (left - 1)
  in
  connect (Backend.create ()) 300 >>= fun () -> connect (Backend.create ()) 300

let lengths () =
  Virtual_time.run @@ fun () ->
  let backend = Backend.create () in
  Net.connect ~size_limit:100 backend >>= fun net ->
  equal string_of_int "mtu" 100 (Net.mtu net);
  Net.write net ~size:114 (fun _ -> 114) >>= fun fits ->
  Net.write net ~size:115 (fun _ -> 115) >>= fun long ->
  Net.write net ~size:114 (fun _ -> 115) >>= fun lie ->
  Lwt.catch (fun () -> Net.write net ~size:20 (fun _ -> failwith "no") >|= fun _ -> false)
    (function Failure _ -> Lwt.return true | e -> Lwt.fail e)
  >|= fun raised ->
  check "fits" (fits = Ok ());
  check "too long" (long = Error `Invalid_length);
  check "longer than the buffer" (lie = Error `Invalid_length);
  check "an exception is the writer's" raised

(* Senders that do not wait cannot fill the memory. *)
let flood () =
  Virtual_time.run @@ fun () ->
  let backend = Backend.create () in
  let got = ref 0 in
  listening backend (fun data -> got := !got + Cstruct.length data; Lwt.return_unit) >>= fun _ ->
  Net.connect backend >>= fun sender ->
  let frames = 3 * Memory_size.part 32 / 1514 in
  for _ = 1 to frames do
    Lwt.async (fun () -> Net.write sender ~size:1514 (fun _ -> 1514) >|= ignore)
  done;
  Time.sleep_ns 1_000_000L >|= fun () ->
  check (Printf.sprintf "%d bytes were kept" !got) (!got <= Memory_size.part 32 && !got > 0)

let leaving () =
  Virtual_time.run @@ fun () ->
  let backend = Backend.create () in
  let handled = ref false in
  let slow _ = Time.sleep_ns 5_000_000_000L >|= fun () -> handled := true in
  listening ~flush_on_disconnect:true backend slow >>= fun (net, ended) ->
  Net.connect backend >>= fun sender ->
  send sender >>= fun _ ->
  Net.disconnect net >>= fun () ->
  check "the last call was waited for" !handled;
  ended >>= fun ended ->
  check "listening ends well" (ended = Ok ());
  send net >>= fun late ->
  check "sending after it" (late = Error `Disconnected);
  Net.listen net ~header_size:14 slow >>= fun late ->
  check "listening after it" (late = Error `Disconnected);
  handled := false;
  send sender >>= fun _ ->
  Time.sleep_ns 10_000_000_000L >>= fun () ->
  check "nothing comes any more" (not !handled);
  Net.disconnect net

let taken_over () =
  Virtual_time.run @@ fun () ->
  let backend = Backend.create () in
  let mutex = Lwt_mutex.create () in
  Lwt_mutex.lock mutex >>= fun () ->
  let first = ref 0 and second = ref 0 in
  let count n _ = incr n; Lwt.return_unit in
  listening ~unlock_on_listen:mutex backend (count first) >>= fun (net, ended) ->
  Lwt_mutex.lock mutex >>= fun () ->
  let later = Net.listen net ~header_size:14 (count second) in
  ended >>= fun _ ->
  Net.connect backend >>= fun sender ->
  send sender >|= fun _ ->
  check "still listening" (Lwt.is_sleeping later);
  equal string_of_int "the first" 0 !first;
  equal string_of_int "the second" 1 !second

(* A listener's exception is not the sender's, and the next frame comes. *)
let failing () =
  Virtual_time.run @@ fun () ->
  let backend = Backend.create () in
  let calls = ref 0 in
  listening backend (fun _ -> incr calls; failwith "no") >>= fun _ ->
  Net.connect backend >>= fun sender ->
  send sender >>= fun first ->
  send sender >|= fun second ->
  check "sent" (first = Ok () && second = Ok ());
  equal string_of_int "calls" 2 !calls

let () =
  case "tcp between three stacks" tcp;
  case "tcp, senders do not wait" (tcp ~use_async_readers:true);
  case "tcp, frames are handed over at once" (tcp ~yield:(fun () -> Lwt.return_unit));
  case "udp" udp;
  case "frames arrive in their order" in_order;
  case "addresses" addresses;
  case "lengths" lengths;
  case "a flood" flood;
  case "a station leaves" leaving;
  case "a later listener takes over" taken_over;
  case "a listener fails" failing
