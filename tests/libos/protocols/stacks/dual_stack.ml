(* packages: virtual-network virtual-stacks *)

(* One stack for IPv4 and IPv6: what an application of both gets. *)

open Lwt.Infix
open Case
open Virtual_stacks
module Ip = Ip46
module Udp = Udp46
module T = Tcp46
module Stack = Stack46
module _ : Mirage_stack.V4V6 = Stack

let address = address4
let stack = stack46

let pair ?capabilities ?conditions test () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment ?conditions () in
  stack ?capabilities segment 1 >>= fun client ->
  stack ?capabilities segment 2 >>= fun server -> test segment client server

(* {2 What goes over the wire} *)

let header_bytes = 14
let ethertype frame = Cstruct.BE.get_uint16 frame 12
let family frame = match ethertype frame with 0x0800 -> `V4 | 0x86dd -> `V6 | _ -> `Other

type seen = { mutable v4 : int; mutable v6 : int; mutable longest : int }

let seen segment =
  let seen = { v4 = 0; v6 = 0; longest = 0 } in
  Net.watch segment (fun frame ->
      seen.longest <- max seen.longest (Cstruct.length frame);
      match family frame with
      | `V4 -> seen.v4 <- seen.v4 + 1
      | `V6 -> seen.v6 <- seen.v6 + 1
      | `Other -> ());
  seen

(* {2 TCP} *)

let rec echo flow =
  T.read flow >>= function
  | Ok (`Data data) -> (
      T.write flow data >>= function Ok () -> echo flow | Error _ -> Lwt.return_unit)
  | Ok `Eof | Error _ -> T.close flow

let rec collect flow missing pieces =
  if missing <= 0 then Lwt.return (Cstruct.concat (List.rev pieces))
  else
    T.read flow >>= function
    | Ok (`Data data) -> collect flow (missing - Cstruct.length data) (data :: pieces)
    | Ok `Eof -> failwith "the end came early"
    | Error e -> failwith (Format.asprintf "%a" T.pp_error e)

let connected stack peer =
  T.create_connection (Stack.tcp stack) peer >|= function
  | Ok flow -> flow
  | Error e -> failwith (Format.asprintf "%a" T.pp_error e)

let exchange client peer bytes =
  connected client (peer, 7) >>= fun flow ->
  check "another peer" (Ipaddr.compare (fst (T.dst flow)) peer = 0);
  let data = Seeded.bytes bytes in
  let writing = T.write flow data in
  collect flow bytes [] >>= fun echoed ->
  check "other bytes" (Cstruct.equal data echoed);
  writing >>= fun _ -> T.close flow

let bytes = 300_000

let one_listener ~segments segment client server =
  let seen = seen segment in
  Stack.listen_tcp server ~port:7 echo;
  exchange client (v4 2) bytes >>= fun () ->
  check "nothing over IPv4" (seen.v4 > 100 || (segments && seen.v4 > 10));
  let v6_before = seen.v6 in
  check "much over IPv6" (v6_before < 20);
  check "segmentation of IPv4" (seen.longest > 1514 = segments);
  seen.longest <- 0;
  let v4_before = seen.v4 in
  exchange client (v6 2) bytes >|= fun () ->
  check "nothing over IPv6" (seen.v6 - v6_before > 100 || (segments && seen.v6 > 10));
  check "much over IPv4" (seen.v4 - v4_before < 10);
  check "segmentation of IPv6" (seen.longest > 1514 = segments)

let at_once _ client server =
  Stack.listen_tcp server ~port:7 echo;
  Lwt.join (List.map (fun peer -> exchange client peer 100_000) [ v4 2; v6 2; v4 2; v6 2 ])

(* The neighbour is not known yet. What finds no room to wait for it is lost, and
   comes again, as whatever is lost on the way does; nobody is told "unreachable". *)
let many_at_once peer _ client server =
  Stack.listen_tcp server ~port:7 echo;
  let open_one _ = connected client (peer, 7) in
  Lwt_list.map_p open_one (List.init 100 Fun.id) >>= Lwt_list.iter_p T.close

(* A port of 17 bits must not become another of 16. *)
let no_such_port _ client server =
  Stack.listen_tcp server ~port:7 echo;
  let refused port =
    let answer = T.create_connection (Stack.tcp client) (v4 2, port) in
    check (Printf.sprintf "%d is tried" port) (not (Lwt.is_sleeping answer));
    answer >|= fun answer -> check (string_of_int port) (Result.is_error answer)
  in
  Lwt_list.iter_s refused [ 0x10000 + 7; 7 - 0x10000; 0; -1 ]

let no_such_udp_port _ client server =
  let heard = ref 0 in
  Stack.listen_udp server ~port:7 (fun ~src:_ ~dst:_ ~src_port:_ _ -> incr heard; Lwt.return_unit);
  let send ?src_port dst_port =
    Udp.write ?src_port ~dst:(v4 2) ~dst_port (Stack.udp client) (Cstruct.of_string "x")
  in
  let refused (src_port, dst_port) =
    send ?src_port dst_port >|= fun sent ->
    check (string_of_int dst_port) (Result.is_error sent)
  in
  Lwt_list.iter_s refused
    [ (None, 0x10000 + 7); (None, 7 - 0x10000); (None, 0); (None, -1); (Some 0x10000, 7); (Some (-1), 7) ]
  >>= fun () ->
  send ~src_port:0 7 >>= fun sent ->
  check "no source port" (Result.is_ok sent);
  Time.sleep_ns (Duration.of_sec 3) >|= fun () -> equal string_of_int "heard" 1 !heard

let peers_seen _ client server =
  let peers = ref [] in
  Stack.listen_tcp server ~port:7 (fun flow ->
      peers := fst (T.dst flow) :: !peers;
      T.close flow);
  let visit peer = connected client (peer, 7) >>= T.close in
  visit (v4 2) >>= fun () ->
  visit (v6 2) >>= fun () ->
  Time.sleep_ns (Duration.of_sec 1) >|= fun () ->
  equal (fun l -> String.concat " " (List.map Ipaddr.to_string l)) "peers" [ v6 1; v4 1 ] !peers

(* The longest segment of each family fills a packet of 1500 bytes. *)
let segment_sizes segment client server =
  let longest4 = ref 0 and longest6 = ref 0 in
  Net.watch segment (fun frame ->
      let longest = match family frame with `V4 -> longest4 | _ -> longest6 in
      longest := max !longest (Cstruct.length frame - header_bytes));
  Stack.listen_tcp server ~port:7 echo;
  exchange client (v4 2) 50_000 >>= fun () ->
  exchange client (v6 2) 50_000 >|= fun () ->
  equal string_of_int "IPv4" 1500 !longest4;
  equal string_of_int "IPv6" 1500 !longest6

let refused peer _ client _ =
  let started = Virtual_time.now_ns () in
  T.create_connection (Stack.tcp client) (peer, 81) >|= function
  | Error `Refused ->
      check "not at once" (Int64.sub (Virtual_time.now_ns ()) started < Duration.of_sec 2)
  | Ok _ | Error _ -> failwith "not refused"

(* {2 UDP} *)

let datagrams _ client server =
  let heard = ref [] in
  Stack.listen_udp server ~port:9 (fun ~src ~dst ~src_port:_ data ->
      heard := (src, dst, Cstruct.to_string data) :: !heard;
      Lwt.return_unit);
  let send dst text =
    Udp.write ~dst ~dst_port:9 (Stack.udp client) (Cstruct.of_string text)
    >|= fun sent -> check "not sent" (Result.is_ok sent)
  in
  send (v4 2) "four" >>= fun () ->
  send (v6 2) "six" >>= fun () ->
  send (v6 2) (String.make 4000 'x') >>= fun () ->
  Time.sleep_ns (Duration.of_sec 2) >|= fun () ->
  let expected =
    [ (v6 1, v6 2, String.make 4000 'x'); (v6 1, v6 2, "six"); (v4 1, v4 2, "four") ]
  in
  check "heard something else" (List.sort compare !heard = List.sort compare expected)

(* {2 ICMP} *)

let icmp_at frame = match family frame with `V4 -> header_bytes + 20 | _ -> header_bytes + 40
let icmp_protocol frame = Cstruct.get_uint8 frame (match family frame with `V4 -> 23 | _ -> 20)

let is_port_unreachable frame =
  let says ty code =
    Cstruct.get_uint8 frame (icmp_at frame) = ty
    && Cstruct.get_uint8 frame (icmp_at frame + 1) = code
  in
  match family frame with
  | `V4 -> icmp_protocol frame = 1 && says 3 3
  | `V6 -> icmp_protocol frame = 58 && says 1 4
  | `Other -> false

let is_from_server frame = Cstruct.to_string ~off:6 ~len:6 frame = Macaddr.to_octets (mac 2)

let refusals peer segment client _ =
  let refusals = ref 0 in
  Net.watch segment (fun frame -> if is_port_unreachable frame then incr refusals);
  let reports = ref [] in
  let subscription = Ip_errors.subscribe ~protocol:17 (fun e -> reports := e :: !reports) in
  let send _ =
    Udp.write ~src_port:5000 ~dst:peer ~dst_port:9 (Stack.udp client) (Cstruct.create 10)
    >|= ignore
  in
  Lwt_list.iter_s send (List.init 500 Fun.id) >>= fun () ->
  Time.sleep_ns (Duration.of_ms 500) >|= fun () ->
  Ip_errors.cancel subscription;
  equal string_of_int "refusals" Tcpip_stack_direct.errors_per_second !refusals;
  equal string_of_int "reports" Tcpip_stack_direct.errors_per_second (List.length !reports);
  let octets = match peer with Ipaddr.V4 ip -> Ipaddr.V4.to_octets ip | V6 ip -> Ipaddr.V6.to_octets ip in
  let quotes (e : Ip_errors.t) =
    e.destination = octets && Cstruct.BE.get_uint16 e.transport 0 = 5000
  in
  check "quotes another packet" (List.for_all quotes !reports)

(* What was a datagram, of a protocol that nobody speaks. *)
let unknown_protocol peer segment client _ =
  let protocol_at = match peer with Ipaddr.V4 _ -> 23 | V6 _ -> 20 in
  let frames = ref [] in
  Net.watch segment (fun frame -> frames := Cstruct.append frame Cstruct.empty :: !frames);
  Udp.write ~dst:peer ~dst_port:9 (Stack.udp client) (Cstruct.create 10) >>= fun _ ->
  Time.sleep_ns (Duration.of_sec 3) >>= fun () ->
  let is_udp frame = family frame <> `Other && icmp_protocol frame = 17 in
  let datagram = List.find is_udp !frames in
  Net.connect segment (mac 9) >>= fun stranger ->
  let send protocol =
    Cstruct.set_uint8 datagram protocol_at protocol;
    if protocol_at = 23 then (
      let header = Cstruct.sub datagram 14 20 in
      Cstruct.BE.set_uint16 header 10 0;
      Cstruct.BE.set_uint16 header 10 (Tcpip_checksum.ones_complement header));
    frames := [];
    Net.inject stranger datagram;
    Time.sleep_ns (Duration.of_sec 1)
  in
  let answers () =
    let told frame =
      let at = icmp_at frame in
      let byte n = Cstruct.get_uint8 frame (at + n) in
      (icmp_protocol frame, byte 0, byte 1, Cstruct.BE.get_uint32 frame (at + 4))
    in
    let is_packet frame = is_from_server frame && family frame <> `Other in
    let is_error (_, ty, _, _) = ty < 128 in  (* neighbour discovery begins there *)
    List.filter is_error (List.map told (List.filter is_packet !frames))
  in
  send 200 >>= fun () ->
  let expected = match peer with Ipaddr.V4 _ -> (1, 3, 2, 0l) | V6 _ -> (58, 4, 1, 6l) in
  check "another answer, or none" (answers () = [ expected ]);
  (* "No next header" of IPv6 (RFC 8200, section 4.7) is nothing to complain about. *)
  let nothing = 59 in
  if protocol_at = 23 then Lwt.return_unit
  else send nothing >|= fun () -> check "an answer to nothing" (answers () = [])

let no_mapped_source =
  let mapped = Ipaddr.V6.of_string_exn "::ffff:10.0.0.1" in
  fun segment client server ->
    let heard = ref 0 in
    Stack.listen_udp server ~port:9 (fun ~src:_ ~dst:_ ~src_port:_ _ ->
        incr heard;
        Lwt.return_unit);
    let send () =
      Udp.write ~dst:(v6 2) ~dst_port:9 (Stack.udp client) (Cstruct.create 10) >|= ignore
    in
    let frames = ref [] in
    Net.watch segment (fun frame -> frames := Cstruct.append frame Cstruct.empty :: !frames);
    send () >>= fun () ->
    Time.sleep_ns (Duration.of_sec 2) >>= fun () ->
    equal string_of_int "heard" 1 !heard;
    let is_udp frame = family frame = `V6 && icmp_protocol frame = 17 in
    let frame = List.find is_udp !frames in
    let udp = Cstruct.shift frame 54 in
    Cstruct.blit_from_string (Ipaddr.V6.to_octets mapped) 0 frame 22 16;
    Cstruct.BE.set_uint16 udp 6 0;
    let pseudoheader =
      Ipv6_packet.Marshal.pseudoheader ~src:mapped ~dst:(address6 2) ~proto:17
        (Cstruct.length udp)
    in
    Cstruct.BE.set_uint16 udp 6 (Tcpip_checksum.ones_complement_list [ pseudoheader; udp ]);
    Net.connect segment (mac 9) >>= fun stranger ->
    Net.inject stranger frame;
    Time.sleep_ns (Duration.of_sec 2) >|= fun () -> equal string_of_int "heard" 1 !heard

let no_mapped_destination segment client _ =
  let mapped = Ipaddr.V6 (Ipaddr.V6.of_string_exn "::ffff:10.0.0.2") in
  let seen = seen segment in
  (Udp.write ~dst:mapped ~dst_port:9 (Stack.udp client) (Cstruct.create 10) >|= function
    | Ok () -> failwith "sent"
    | Error e -> check "said nothing" (Format.asprintf "%a" Udp.pp_error e <> ""))
  >>= fun () ->
  (T.create_connection (Stack.tcp client) (mapped, 7) >|= function
    | Ok _ -> failwith "connected"
    | Error _ -> ())
  >|= fun () ->
  equal string_of_int "frames of IPv4" 0 seen.v4;
  check "took long" (Virtual_time.now_ns () < Duration.of_sec 5)

(* {2 One family alone} *)

let alone ~ipv4_only ~ipv6_only there absent () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  stack segment 1 >>= fun server ->
  Stack.listen_tcp server ~port:7 echo;
  stack ~ipv4_only ~ipv6_only segment 2 >>= fun client ->
  exchange client there 10_000 >>= fun () ->
  (T.create_connection (Stack.tcp client) (absent, 7) >|= function
    | Ok _ -> failwith "connected over the family that is not there"
    | Error _ -> ())
  >>= fun () ->
  Stack.listen_tcp client ~port:7 echo;
  let own = Ip.get_ip (Stack.ip client) in
  let is_v4 = function Ipaddr.V4 _ -> true | V6 _ -> false in
  check "addresses of both families" (List.for_all (fun ip -> is_v4 ip = ipv4_only) own);
  check "no address" (own <> []);
  let taken peer = T.create_connection (Stack.tcp server) (peer, 7) >|= Result.is_ok in
  let mine = if ipv4_only then (v4 2, v6 2) else (v6 2, v4 2) in
  taken (fst mine) >>= fun is_taken ->
  check "not heard" is_taken;
  Lwt.pick [ taken (snd mine); (Time.sleep_ns (Duration.of_sec 20) >|= fun () -> false) ]
  >|= fun is_taken -> check "heard over the other family" (not is_taken)

let both_only () =
  Virtual_time.run @@ fun () ->
  Lwt.catch
    (fun () -> stack ~ipv4_only:true ~ipv6_only:true (Net.segment ()) 1 >|= fun _ -> true)
    (fun _ -> Lwt.return_false)
  >|= fun taken -> check "taken" (not taken)

let offloads =
  { Mirage_net_headroom.checksum = true; segmentation_v4 = true; segmentation_v6 = true }

let only_v4_segmentation = { offloads with segmentation_v6 = false }

let mixed_offload segment client server =
  let longest4 = ref 0 and longest6 = ref 0 in
  Net.watch segment (fun frame ->
      let longest = match family frame with `V4 -> longest4 | _ -> longest6 in
      longest := max !longest (Cstruct.length frame));
  Stack.listen_tcp server ~port:7 echo;
  Lwt.join [ exchange client (v4 2) bytes; exchange client (v6 2) bytes ] >|= fun () ->
  check "IPv4 not left to the device" (!longest4 > 1514);
  check "IPv6 left to a device that cannot" (!longest6 <= 1514)

let () =
  case "a listener serves both families" (pair (one_listener ~segments:false));
  case "work left to the device" (pair ~capabilities:offloads (one_listener ~segments:true));
  case "a device that segments IPv4 alone" (pair ~capabilities:only_v4_segmentation mixed_offload);
  case "both families at once" (pair at_once);
  case "both families at once, under loss and corruption"
    (pair ~conditions:{ Net.perfect with loss = 0.02; corrupt = 0.01 } at_once);
  case "many connections at once over IPv4" (pair (many_at_once (v4 2)));
  case "many connections at once over IPv6" (pair (many_at_once (v6 2)));
  case "ports that cannot be" (pair no_such_port);
  case "ports that cannot be, UDP" (pair no_such_udp_port);
  case "a listener sees whence" (pair peers_seen);
  case "segments fill the packets of their family" (pair segment_sizes);
  case "an unknown protocol over IPv4" (pair (unknown_protocol (v4 2)));
  case "an unknown protocol over IPv6" (pair (unknown_protocol (v6 2)));
  case "a closed port over IPv4" (pair (refused (v4 2)));
  case "a closed port over IPv6" (pair (refused (v6 2)));
  case "datagrams" (pair datagrams);
  case "udp to a closed port is refused over IPv4, not too often" (pair (refusals (v4 2)));
  case "udp to a closed port is refused over IPv6, not too often" (pair (refusals (v6 2)));
  case "nothing is heard from an IPv4-mapped address" (pair no_mapped_source);
  case "nothing is sent to an IPv4-mapped address" (pair no_mapped_destination);
  case "IPv4 alone" (alone ~ipv4_only:true ~ipv6_only:false (v4 1) (v6 1));
  case "IPv6 alone" (alone ~ipv4_only:false ~ipv6_only:true (v6 1) (v4 1));
  case "neither is refused" both_only
