(* packages: happy-eyeballs happy-eyeballs-mirage virtual-network virtual-stacks *)

(* Happy Eyeballs on a stack, in virtual time: which family wins, and when. *)

open Lwt.Infix
open Case
open Virtual_stacks
module Ip = Ip46
module Udp = Udp46
module T = Tcp46
module Stack = Stack46
module Eyeballs = Happy_eyeballs_mirage.Make (Time) (Clock) (Stack)

let address = address4
let stack = stack46
let ms n = Duration.of_ms n

(* Takes what comes and says nothing, or says by ICMP that it will not have it. *)
let station segment ~speaks n =
  link segment n >>= fun (net, eth) ->
  ip4 eth n >>= fun (arp, ip4) ->
  ip6 eth n >|= fun ip6 ->
  let tcp4 ~src ~dst packet =
    let message = Icmpv4_message.unreachable Port_unreachable ~src ~dst ~proto:6 packet in
    if speaks then Ip4.write ip4 src `ICMP (fun _ -> 0) [ message ] >|= ignore
    else Lwt.return_unit
  and tcp6 ~src ~dst packet =
    let message = Icmpv6_error.port_unreachable ~src ~dst ~proto:6 packet in
    if speaks then Ip6.write ip6 ~src:dst src `ICMP (fun _ -> 0) message >|= ignore
    else Lwt.return_unit
  in
  let nothing ~src:_ ~dst:_ _ = Lwt.return_unit in
  let default ~proto:_ = nothing in
  let ipv4 = Ip4.input ip4 ~tcp:tcp4 ~udp:nothing ~default in
  let ipv6 = Ip6.input ip6 ~tcp:tcp6 ~udp:nothing ~default in
  let input = Eth.input ~arpv4:(Arp4.input arp) ~ipv4 ~ipv6 eth in
  Lwt.async (fun () -> Net.listen net ~header_size:14 input >|= ignore)

(* {2 A world}

   Servers 2 and 6 listen on port 80, server 3 does not; station 4 is silent, station 5
   says by ICMP that nobody listens. Nobody has addresses from 9 on. *)

type world = {
  segment : Net.segment;
  client : Stack.t;
  open_ : int ref;  (** connections that the servers hold *)
}

let rec serve flow =
  T.read flow >>= function
  | Ok (`Data data) -> T.write flow data >>= fun _ -> serve flow
  | Ok `Eof | Error _ -> T.close flow

let with_world ?ipv4_only ?ipv6_only test () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  let open_ = ref 0 in
  let server n =
    stack segment n >|= fun server ->
    Stack.listen_tcp server ~port:80 (fun flow ->
        incr open_;
        serve flow >|= fun () -> decr open_)
  in
  server 2 >>= fun () ->
  server 6 >>= fun () ->
  stack segment 3 >>= fun _refuses ->
  station segment ~speaks:false 4 >>= fun () ->
  station segment ~speaks:true 5 >>= fun () ->
  stack ?ipv4_only ?ipv6_only segment 1 >>= fun client ->
  Time.sleep_ns (Duration.of_sec 3) >>= fun () ->
  test { segment; client; open_ }

let answer after ips () =
  Time.sleep_ns (ms after) >|= fun () -> Ok (Ipaddr.Set.of_list ips)

let fails after () = Time.sleep_ns (ms after) >|= fun () -> Error (`Msg "no such name")
let never () = fst (Lwt.wait ())
let host = Domain_name.host_exn (Domain_name.of_string_exn "www.example.org")

let asked = ref []

let eyeballs world ~a ~aaaa =
  asked := [];
  let getaddrinfo kind _ =
    asked := kind :: !asked;
    match kind with `A -> a () | `AAAA -> aaaa ()
  in
  Eyeballs.create ~getaddrinfo world.client

let family = function Ipaddr.V4 _ -> "IPv4" | V6 _ -> "IPv6"

let exchange flow =
  T.write flow (Cstruct.of_string "hello") >>= fun _ ->
  T.read flow >|= function
  | Ok (`Data data) -> equal Fun.id "echo" "hello" (Cstruct.to_string data)
  | Ok `Eof | Error _ -> failwith "the connection is not there"

(* It wins over this family, from so many ms on and before so many; the others are gone. *)
let wins expected ~from ~before ~a ~aaaa world =
  let started = Virtual_time.now_ns () in
  Eyeballs.connect_host (eyeballs world ~a ~aaaa) host [ 80 ] >>= function
  | Error (`Msg why) -> failwith why
  | Ok ((ip, port), flow) ->
      let took = Int64.sub (Virtual_time.now_ns ()) started in
      equal Fun.id "family" expected (family ip);
      equal string_of_int "port" 80 port;
      if took < ms from || took >= ms before then
        failwith (Printf.sprintf "took %.1f ms" (Int64.to_float took /. 1e6));
      exchange flow >>= fun () ->
      Time.sleep_ns (Duration.of_sec 20) >>= fun () ->
      equal string_of_int "connections" 1 !(world.open_);
      T.close flow

let loses ?(within_s = 31) ?sentence ~a ~aaaa world =
  Eyeballs.connect_host (eyeballs world ~a ~aaaa) host [ 80 ] >|= function
  | Ok _ -> failwith "connected"
  | Error (`Msg why) ->
      Printf.printf "        %s\n" why;
      Option.iter (fun expected -> equal Fun.id "sentence" expected why) sentence;
      check "late" (Virtual_time.now_ns () <= Duration.of_sec (3 + within_s))

(* {2 Nothing is left} *)

let count_syns world counted =
  Net.watch world.segment (fun frame ->
      let v6 = Cstruct.BE.get_uint16 frame 12 = 0x86dd in
      let at = if v6 then 54 else 34 in
      let proto = Cstruct.get_uint8 frame (if v6 then 20 else 23) in
      if proto = 6 && Cstruct.length frame > at + 13 && Cstruct.get_uint8 frame (at + 13) = 2
      then incr counted)

let quick ips = answer 5 ips

let cancelled world =
  let syns = ref 0 in
  count_syns world syns;
  let connecting =
    Eyeballs.connect_host
      (eyeballs world ~aaaa:(quick [ v6 4; v6 9 ]) ~a:(quick [ v4 4 ]))
      host [ 80 ]
  in
  Time.sleep_ns (Duration.of_sec 1) >>= fun () ->
  Lwt.cancel connecting;
  (match Lwt.state connecting with Fail Lwt.Canceled -> () | _ -> failwith "not cancelled");
  Time.sleep_ns (Duration.of_sec 1) >>= fun () ->
  let before = !syns in
  Time.sleep_ns (Duration.of_sec 120) >|= fun () ->
  equal string_of_int "segments after it was cancelled" before !syns

let cancelled_while_resolving world =
  let syns = ref 0 in
  count_syns world syns;
  let connecting =
    Eyeballs.connect_host (eyeballs world ~aaaa:(answer 500 [ v6 2 ]) ~a:never) host [ 80 ]
  in
  Time.sleep_ns (ms 100) >>= fun () ->
  Lwt.cancel connecting;
  Time.sleep_ns (Duration.of_sec 60) >|= fun () -> equal string_of_int "segments" 0 !syns

let many_at_once world =
  let one _ =
    Eyeballs.connect_host
      (eyeballs world ~aaaa:(quick [ v6 4; v6 6 ]) ~a:(quick [ v4 2 ]))
      host [ 80 ]
    >>= function
    | Ok (_, flow) -> exchange flow >>= fun () -> T.close flow
    | Error (`Msg why) -> failwith why
  in
  Lwt.join (List.init 50 one) >>= fun () ->
  Time.sleep_ns (Duration.of_sec 30) >|= fun () ->
  equal string_of_int "connections" 0 !(world.open_)

let only_asks expected world =
  Eyeballs.connect_host (eyeballs world ~a:(quick [ v4 2 ]) ~aaaa:(quick [ v6 2 ])) host [ 80 ]
  >>= function
  | Error (`Msg why) -> failwith why
  | Ok ((ip, _), flow) ->
      check "asked for another family" (!asked = [ expected ]);
      equal Fun.id "family" (match expected with `A -> "IPv4" | `AAAA -> "IPv6") (family ip);
      T.close flow

let addresses world =
  let e = Eyeballs.create world.client in
  let expect_family expected connecting =
    connecting >>= function
    | Ok ((ip, _), flow) ->
        equal Fun.id "family" expected (family ip);
        T.close flow
    | Error (`Msg why) -> failwith why
  in
  expect_family "IPv4" (Eyeballs.connect e "10.0.0.2" [ 80 ]) >>= fun () ->
  expect_family "IPv6" (Eyeballs.connect e "2001:db8::2" [ 80 ]) >>= fun () ->
  expect_family "IPv6" (Eyeballs.connect_ip e [ (v4 2, 80); (v6 2, 80) ]) >>= fun () ->
  expect_family "IPv4" (Eyeballs.connect e "10.0.0.2" [ 81; 80 ]) >>= fun () ->
  Eyeballs.connect e "www.example.org" [ 80 ] >>= fun unknown ->
  check "a name without a resolver" (Result.is_error unknown);
  Eyeballs.connect e "no name" [ 80 ] >|= fun none -> check "no name" (Result.is_error none)

let () =
  let four = quick [ v4 2 ] and six = quick [ v6 2 ] in
  case "both answer: IPv6" (with_world (wins "IPv6" ~from:5 ~before:30 ~a:four ~aaaa:six));
  case "IPv6 is not there: IPv4 a quarter of a second later"
    (with_world (wins "IPv4" ~from:255 ~before:280 ~a:four ~aaaa:(quick [ v6 9 ])));
  case "IPv6 refuses: IPv4 at once"
    (with_world (wins "IPv4" ~from:5 ~before:60 ~a:four ~aaaa:(quick [ v6 3 ])));
  case "IPv6 is silent: IPv4 a quarter of a second later"
    (with_world (wins "IPv4" ~from:255 ~before:280 ~a:four ~aaaa:(quick [ v6 4 ])));
  case "ICMP says that IPv6 is not to be reached: IPv4 at once"
    (with_world (wins "IPv4" ~from:5 ~before:60 ~a:four ~aaaa:(quick [ v6 5 ])));
  case "IPv4 is not there"
    (with_world (wins "IPv6" ~from:5 ~before:30 ~a:(quick [ v4 9 ]) ~aaaa:six));
  case "AAAA late, but in time: IPv6"
    (with_world (wins "IPv6" ~from:40 ~before:60 ~a:four ~aaaa:(answer 40 [ v6 2 ])));
  case "AAAA too late: IPv4 after 50 ms"
    (with_world (wins "IPv4" ~from:55 ~before:75 ~a:four ~aaaa:(answer 500 [ v6 2 ])));
  case "AAAA never: IPv4 after 50 ms"
    (with_world (wins "IPv4" ~from:55 ~before:75 ~a:four ~aaaa:never));
  case "AAAA fails: IPv4 at once"
    (with_world (wins "IPv4" ~from:5 ~before:25 ~a:four ~aaaa:(fails 3)));
  case "A never: IPv6 at once" (with_world (wins "IPv6" ~from:5 ~before:30 ~a:never ~aaaa:six));
  case "A never, and IPv6 is not there: the next of IPv6"
    (with_world (wins "IPv6" ~from:255 ~before:280 ~a:never ~aaaa:(quick [ v6 4; v6 6 ])));
  case "AAAA comes when IPv4 has failed"
    (with_world (wins "IPv6" ~from:900 ~before:930 ~a:(quick [ v4 3 ]) ~aaaa:(answer 900 [ v6 2 ])));
  case "many absent addresses of IPv6 do not keep IPv4 waiting"
    (with_world
       (wins "IPv4" ~from:255 ~before:280 ~a:four ~aaaa:(quick (List.init 20 (fun i -> v6 (20 + i))))));
  case "neither is known: it is said once"
    (with_world
       (loses ~within_s:1 ~a:(fails 5) ~aaaa:(fails 5)
          ~sentence:"no connection to www.example.org: no such name"));
  case "neither is answered" (with_world (loses ~a:never ~aaaa:never));
  case "neither is there" (with_world (loses ~a:(quick [ v4 9 ]) ~aaaa:(quick [ v6 9 ])));
  case "both are silent" (with_world (loses ~a:(quick [ v4 4 ]) ~aaaa:(quick [ v6 4 ])));
  case "ICMP says that neither is to be reached"
    (with_world (loses ~within_s:1 ~a:(quick [ v4 5 ]) ~aaaa:(quick [ v6 5 ])));
  case "both refuse" (with_world (loses ~within_s:1 ~a:(quick [ v4 3 ]) ~aaaa:(quick [ v6 3 ])));
  case "cancelled: nothing is left" (with_world cancelled);
  case "cancelled while names are asked for" (with_world cancelled_while_resolving);
  case "fifty at once" (with_world many_at_once);
  case "with IPv4 alone, only A is asked for" (with_world ~ipv4_only:true (only_asks `A));
  case "with IPv6 alone, only AAAA is asked for" (with_world ~ipv6_only:true (only_asks `AAAA));
  case "addresses need no names" (with_world addresses)
