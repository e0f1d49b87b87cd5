(* packages: ethernet tcpip.ipv6 tcpip.udp virtual-network *)

(* IPv6: discovery, address configuration, fragments, and neighbours in
   virtual time. *)

open Lwt.Infix
open Case
module Time = Virtual_time.Time
module Eth = Ethernet.Make (Virtual_net)
module Ip = Ipv6.Make (Eth) (Seeded.Random) (Time) (Virtual_time.Mclock)
module Udp6 = Udp.Make (Ip) (Seeded.Random)

let ip = Ipaddr.V6.of_string_exn
let prefix = Ipaddr.V6.Prefix.of_string_exn
let second = Duration.of_sec 1
let mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x00%c" (Char.chr n))

type host = {
  net : Virtual_net.t;
  ip : Ip.t;
  udp : Udp6.t;
  mutable echoes : Cstruct.t list;
  mutable datagrams : string list;
}

let receive h eth =
  let on_udp ~src:_ ~dst:_ ~src_port:_ payload =
    h.datagrams <- Cstruct.to_string payload :: h.datagrams;
    Lwt.return_unit
  in
  let default ~proto:_ ~src:_ ~dst:_ packet =
    h.echoes <- Cstruct.shift packet 8 :: h.echoes;
    Lwt.return_unit
  in
  let listeners ~dst_port = if dst_port = 7 then Some on_udp else None in
  let udp = Udp6.input ~listeners h.udp in
  let tcp ~src:_ ~dst:_ _ = Lwt.return_unit in
  let nothing _ = Lwt.return_unit in
  Eth.input ~arpv4:nothing ~ipv4:nothing ~ipv6:(Ip.input h.ip ~tcp ~udp ~default) eth

let host ?capabilities ?addresses ?netmask ?gateways ?(station = Fun.id) segment n =
  Virtual_net.connect ?capabilities segment (station (mac n)) >>= fun net ->
  Eth.connect net >>= fun eth ->
  Ip.connect ?ip:addresses ?netmask ?gateways eth >>= fun ip ->
  Udp6.connect ip >|= fun udp ->
  let h = { net; ip; udp; echoes = []; datagrams = [] } in
  Lwt.async (fun () ->
      Lwt.map ignore (Virtual_net.listen net ~header_size:14 (receive h eth)));
  h

let link_local n = Ndp_packets.link_local (mac n)

let ping h ~dst payload =
  let src = Ip.src h.ip ~dst in
  let parts = Icmpv6_packet.marshal ~src ~dst (Echo_request (1l, payload)) in
  Ip.write h.ip dst `ICMP (fun _ -> 0) parts >|= function
  | Ok () -> ()
  | Error e -> failwith (Format.asprintf "ping: %a" Ip.pp_error e)

let answered payload h = List.exists (Cstruct.equal payload) h.echoes

let pair ?conditions ?capabilities program () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment ?conditions () in
  host ?capabilities segment 1 >>= fun a ->
  host ?capabilities segment 2 >>= fun b -> program segment a b

let ping_sizes _ a _ =
  let one size =
    let payload = Seeded.bytes size in
    ping a ~dst:(link_local 2) payload >>= fun () ->
    Time.sleep_ns second >|= fun () ->
    check (Printf.sprintf "no answer to %d bytes" size) (answered payload a)
  in
  Lwt_list.iter_s one [ 0; 1; 56; 1452; 1453; 1500; 2904; 65_000; 65_500; 65_527 ]

let ping_all _ a _ =
  let payload = Seeded.bytes 56 in
  ping a ~dst:(ip "ff02::1") payload >>= fun () ->
  Time.sleep_ns second >|= fun () -> check "no answer" (answered payload a)

let udp_exchange _ a b =
  let send size =
    let text = Cstruct.to_string (Seeded.bytes size) in
    Udp6.write ~dst:(link_local 2) ~dst_port:7 a.udp (Cstruct.of_string text)
    >>= fun sent ->
    check "not sent" (Result.is_ok sent);
    Time.sleep_ns second >|= fun () ->
    check (Printf.sprintf "%d bytes did not arrive" size) (b.datagrams = [ text ]);
    b.datagrams <- []
  in
  Lwt_list.iter_s send [ 0; 1; 1452; 1453; 65_000; 65_527 ]

let nobody _ a _ =
  let send n = Udp6.write ~dst:(link_local (n + 100)) ~dst_port:7 a.udp Cstruct.empty in
  let all = List.init 600 (fun n -> send (n mod 100)) in
  let waiting = List.length (List.filter Lwt.is_sleeping all) in
  check (Printf.sprintf "%d wait" waiting) (waiting > 100 && waiting < 300);
  Lwt_list.filter_p (Lwt.map Result.is_error) all >|= fun failed ->
  equal string_of_int "told that nobody answers" waiting (List.length failed);
  check "waited more than 5 s" (Virtual_time.now_ns () < Duration.of_sec 5)

(* In flight at once: packets to neighbours that are not there. *)
let to_absent a count =
  List.init count (fun n -> Udp6.write ~dst:(link_local (100 + (n mod 100))) ~dst_port:7 a.udp Cstruct.empty)

let known_is_served _ a b =
  ping a ~dst:(link_local 2) Cstruct.empty >>= fun () ->
  let absent = to_absent a 600 in
  let text = "in the cache" in
  Udp6.write ~dst:(link_local 2) ~dst_port:7 a.udp (Cstruct.of_string text) >>= fun sent ->
  check "not sent" (Result.is_ok sent);
  Time.sleep_ns (Duration.of_ms 1) >>= fun () ->
  check "not at once" (b.datagrams = [ text ]);
  check "none was waiting" (List.exists Lwt.is_sleeping absent);
  Lwt.join (List.map (Lwt.map ignore) absent)

let unknown_is_served _ a b =
  Time.sleep_ns (Duration.of_sec 2) >>= fun () ->
  let absent = to_absent a 600 in
  let large = Cstruct.create 60_000 in
  let more = List.init 20 (fun n -> Udp6.write ~dst:(link_local (100 + n)) ~dst_port:7 a.udp large) in
  let before = Virtual_time.now_ns () in
  let text = "found in spite of them" in
  Udp6.write ~dst:(link_local 2) ~dst_port:7 a.udp (Cstruct.of_string text) >>= fun sent ->
  check "not sent" (Result.is_ok sent);
  check "not at once" (Int64.sub (Virtual_time.now_ns ()) before < Duration.of_ms 10);
  Lwt.join (List.map (Lwt.map ignore) (absent @ more)) >|= fun () ->
  check "did not arrive" (b.datagrams = [ text ])

let given_up _ a _ =
  let write () = Udp6.write ~dst:(link_local 100) ~dst_port:7 a.udp Cstruct.empty in
  Lwt.pick [ Lwt.map ignore (write ()); Time.sleep_ns (Duration.of_ms 10) ] >>= fun () ->
  let after = write () in
  Lwt.cancel after;
  check "not cancelled" (match Lwt.state after with Fail Lwt.Canceled -> true | _ -> false);
  write () >|= fun last -> check "an answer from nobody" (Result.is_error last)

let bounded_waiting () =
  Virtual_time.run @@ fun () ->
  let most = Ipv6_resolution_queue.max_per_neighbour in
  let waiting = Ipv6_resolution_queue.create ~max_bytes:(most * 1040) in
  let wait n bytes = Ipv6_resolution_queue.wait waiting (link_local n) ~bytes in
  let of_one = List.init (most + 2) (fun _ -> wait 1 10) in
  let asleep list = List.length (List.filter Lwt.is_sleeping list) in
  Lwt.pause () >>= fun () ->
  equal string_of_int "of one" most (asleep of_one);
  check "the oldest gave way" (Lwt.state (List.hd of_one) = Return Ipv6_resolution_queue.Evicted);
  let others = List.init 10 (fun n -> wait (2 + n) 4000) in
  Lwt.pause () >>= fun () ->
  equal string_of_int "the oldest give way" 0 (asleep of_one);
  equal string_of_int "of others" (most * 1040 / 5024) (asleep others);
  check "the newest is there" (Lwt.is_sleeping (List.nth others 9));
  Ipv6_resolution_queue.resolve waiting (link_local 11) (Mac (mac 3));
  List.nth others 9 >|= fun answer -> check "its answer" (answer = Ipv6_resolution_queue.Mac (mac 3))

(* With an address and nothing else, as programs for tcpip 5.0.1 start. *)
let address_alone () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  let one = ip "2001:db8:1::1" and two = ip "2001:db8:2::2" in
  host ~addresses:[ one ] segment 1 >>= fun a ->
  host ~addresses:[ two ] segment 2 >>= fun _ ->
  ping a ~dst:two (Cstruct.of_string "on the link") >>= fun () ->
  Time.sleep_ns second >>= fun () ->
  check "no answer" (answered (Cstruct.of_string "on the link") a);
  host ~addresses:[ ip "2001:db8:3::3" ] ~netmask:[ prefix "2001:db8:3::/64" ] segment 3 >>= fun c ->
  Ip.write c.ip two `UDP (fun _ -> 0) [] >|= fun sent ->
  check "with a netmask, others are behind a router" (Result.is_error sent)

let lossy _ a _ =
  let payloads = List.init 100 (fun _ -> Seeded.bytes 3000) in
  let one payload = ping a ~dst:(link_local 2) payload >>= fun () -> Time.sleep_ns second in
  Lwt_list.iter_s one payloads >|= fun () ->
  let n = List.length (List.filter (fun p -> answered p a) payloads) in
  check (Printf.sprintf "%d of 100 answered" n) (n > 50 && n < 95)

let advertise router ?(lifetime_s = 1800) ?(valid_s = 3600l) ?mtu ?(name_servers = []) () =
  let information =
    {
      Icmpv6_packet.prefix = prefix "2001:db8:1::/64";
      on_link = true;
      autonomous = true;
      valid_s;
      preferred_s = valid_s;
    }
  in
  let message =
    Icmpv6_packet.Router_advertisement
      {
        hop_limit = 61;
        preference = 0;
        router_lifetime_s = lifetime_s;
        reachable_ms = 0l;
        retrans_ms = 0l;
        options =
          {
            Ndp_options.none with
            source = Some (mac 9);
            prefixes = [ information ];
            mtu;
            name_servers;
          };
      }
  in
  let dst = ip "ff02::1" in
  let packet = Ndp_packets.icmp ~src:(link_local 9) ~dst message in
  let ethernet =
    { Ethernet_packet.source = mac 9; destination = Ndp_packets.mac_of_multicast dst; ethertype = `IPv6 }
  in
  Virtual_net.inject router
    (Cstruct.append (Ethernet_packet.Marshal.make_cstruct ethernet) packet)

let configured = ip "2001:db8:1::ff:fe00:1"
let has h address = List.exists (fun a -> Ipaddr.V6.compare a address = 0) (Ip.get_ip h.ip)

let autoconfiguration () =
  Virtual_time.run ~limit_s:100_000 @@ fun () ->
  let segment = Virtual_net.segment () in
  host segment 1 >>= fun a ->
  Virtual_net.connect segment (mac 9) >>= fun router ->
  let outside = ip "2001:db8:2::1" in
  Ip.write a.ip outside `UDP (fun _ -> 0) [] >>= fun sent ->
  check "a route without router" (match sent with Error (`No_route _) -> true | _ -> false);
  advertise router ();
  Time.sleep_ns second >>= fun () ->
  check "no address" (has a configured);
  equal Ipaddr.V6.to_string "source" configured (Ip.src a.ip ~dst:outside);
  equal Ipaddr.V6.to_string "source on the link" (link_local 1) (Ip.src a.ip ~dst:(link_local 9));
  Ip.write a.ip outside `UDP (fun _ -> 0) [] >>= fun sent ->
  check "no route" (Result.is_ok sent);
  advertise router ~valid_s:1l ();
  Time.sleep_ns (Duration.of_min 50) >>= fun () ->
  check "an advertisement ended the address at once" (has a configured);
  Time.sleep_ns (Duration.of_hour 2) >>= fun () ->
  check "the address outlives its lifetime" (not (has a configured));
  Ip.write a.ip outside `UDP (fun _ -> 0) [] >|= fun sent ->
  check "the router outlives its lifetime" (Result.is_error sent)

let name_servers () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  host segment 1 >>= fun _ ->
  Virtual_net.connect segment (mac 9) >>= fun router ->
  let known () = Name_servers.known ~now:(Virtual_time.now_ns ()) in
  let server = ip "2001:db8:1::53" in
  advertise router ~name_servers:[ (server, 60l) ] ();
  Time.sleep_ns second >>= fun () ->
  check "not told" (known () = [ Ipaddr.V6 server ]);
  Time.sleep_ns (Duration.of_sec 60) >>= fun () ->
  check "told for ever" (known () = []);
  advertise router ~name_servers:[ (server, 60l) ] ();
  advertise router ~name_servers:[ (server, 0l) ] ();
  Time.sleep_ns second >|= fun () -> check "not taken back" (known () = [])

let disconnected () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  host segment 1 >>= fun a ->
  Virtual_net.connect segment (mac 9) >>= fun router ->
  advertise router ~name_servers:[ (ip "2001:db8:1::53", 60l) ] ();
  Time.sleep_ns second >>= fun () ->
  let written = Udp6.write ~dst:(link_local 100) ~dst_port:7 a.udp Cstruct.empty in
  check "does not wait" (Lwt.is_sleeping written);
  Ip.disconnect a.ip >>= fun () ->
  check "its name servers stay" (Name_servers.known ~now:(Virtual_time.now_ns ()) = []);
  written >|= fun sent -> check "sent" (Result.is_error sent)

let link_mtu () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  host segment 1 >>= fun a ->
  Virtual_net.connect segment (mac 9) >>= fun router ->
  equal string_of_int "before" 1460 (Ip.mtu a.ip);
  advertise router ~mtu:1400 ();
  Time.sleep_ns second >>= fun () ->
  equal string_of_int "as told" 1360 (Ip.mtu a.ip);
  advertise router ~mtu:9000 ();
  Time.sleep_ns second >|= fun () -> equal string_of_int "more than the link's" 1460 (Ip.mtu a.ip)

let over () =
  Virtual_time.run ~limit_s:100_000 @@ fun () ->
  let segment = Virtual_net.segment () in
  host segment 1 >>= fun a ->
  Virtual_net.connect segment (mac 9) >>= fun router ->
  advertise router ();
  Time.sleep_ns second >>= fun () ->
  let write () = Ip.write a.ip ~src:configured (link_local 9) `UDP (fun _ -> 0) [] in
  write () >>= fun sent ->
  check "not sent" (Result.is_ok sent);
  Time.sleep_ns (Duration.of_sec 3601) >>= fun () ->
  check "the address is kept" (not (has a configured));
  advertise router ~valid_s:0l ();
  write () >|= fun sent -> check "sent from an address that is over" (Result.is_error sent)

let second_router () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  host segment ~gateways:[ link_local 7; link_local 2 ] 1 >>= fun a ->
  host segment 2 >>= fun _ ->
  Ip.write a.ip (ip "2001:db8::1") `UDP (fun _ -> 0) [] >|= fun sent ->
  check "the second router is not tried" (Result.is_ok sent)

let solicitations () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  let asked = ref 0 and joined = ref 0 in
  Virtual_net.watch segment (fun frame ->
      match Ipv6_packet.Unmarshal.of_cstruct (Cstruct.shift frame 14) with
      | Ok ({ next_header = 58; _ }, packet) when Cstruct.get_uint8 packet 0 = 133 -> incr asked
      | Ok ({ next_header = 0; hop_limit = 1; _ }, _) -> incr joined
      | _ -> ());
  host segment 1 >>= fun _ ->
  Time.sleep_ns (Duration.of_sec 60) >|= fun () ->
  check (Printf.sprintf "%d router solicitations" !asked) (!asked >= 4 && !asked <= 6);
  check (Printf.sprintf "%d group reports" !joined) (!joined >= 3 && !joined <= 5)

let duplicate () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  let address = ip "2001:db8::5" in
  host segment ~addresses:[ address ] 1 >>= fun a ->
  Time.sleep_ns (Duration.of_sec 2) >>= fun () ->
  host segment ~addresses:[ address ] 2 >>= fun b ->
  Time.sleep_ns (Duration.of_sec 2) >|= fun () ->
  check "the first gave up" (has a address);
  check "the second did not" (not (has b address))

let () =
  let offloads =
    { Mirage_net_headroom.checksum = true; segmentation_v4 = true; segmentation_v6 = true }
  in
  case "ping, all sizes to 65,527" (pair ping_sizes);
  case "ping all nodes" (pair ping_all);
  case "udp, checksum in software" (pair udp_exchange);
  case "udp, checksum left to the device" (pair ~capabilities:offloads udp_exchange);
  case "ping under loss and reordering"
    (pair ~conditions:{ Virtual_net.perfect with loss = 0.05; jitter_ns = Duration.of_ms 5 } lossy);
  case "nobody answers: bounded, then said" (pair nobody);
  case "who is known is served while others are absent" (pair known_is_served);
  case "who is there is found while others are absent" (pair unknown_is_served);
  case "a writer that does not wait any more" (pair given_up);
  case "packets that wait are few" bounded_waiting;
  case "an address alone: all are on the link" address_alone;
  case "addresses and routes come and go by advertisement" autoconfiguration;
  case "name servers are told" name_servers;
  case "an interface is given up" disconnected;
  case "the link's MTU" link_mtu;
  case "an address that is over" over;
  case "the second router when the first does not answer" second_router;
  case "solicitations and group reports are few" solicitations;
  case "an address that somebody has" duplicate
