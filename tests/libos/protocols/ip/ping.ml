(* packages: ethernet arp-mirage tcpip.ipv4 tcpip.icmpv4 tcpip.udp virtual-network *)

(* Two hosts on a segment in memory: ping and UDP, with and without faults. *)

open Lwt.Infix
open Case
module Time = Virtual_time.Time
module Eth = Ethernet.Make (Virtual_net)
module Arp4 = Arp.Make (Eth) (Time)
module Ip = Static_ipv4.Make (Seeded.Random) (Virtual_time.Mclock) (Eth) (Arp4)
module Icmp = Icmpv4.Make (Ip)
module Udp4 = Udp.Make (Ip) (Seeded.Random)

type host = {
  net : Virtual_net.t;
  arp : Arp4.t;
  ip : Ip.t;
  udp : Udp4.t;
  mutable echoes : Cstruct.t list;
  mutable datagrams : (int * string) list;
}

let on_icmp h icmp ~proto ~src ~dst packet =
  match Icmpv4_packet.Unmarshal.of_cstruct packet with
  | Ok ({ ty = Echo_reply; _ }, payload) ->
      check "protocol" (proto = 1);
      h.echoes <- payload :: h.echoes;
      Lwt.return_unit
  | _ -> Icmp.input icmp ~src ~dst packet

let on_udp h ~src:_ ~dst:_ ~src_port payload =
  h.datagrams <- (src_port, Cstruct.to_string payload) :: h.datagrams;
  Lwt.return_unit

let receive h eth icmp =
  let listeners ~dst_port = if dst_port = 7 then Some (on_udp h) else None in
  let ipv4 =
    Ip.input h.ip
      ~tcp:(fun ~src:_ ~dst:_ _ -> Lwt.return_unit)
      ~udp:(Udp4.input ~listeners h.udp)
      ~default:(on_icmp h icmp)
  in
  let ipv6 _ = Lwt.return_unit in
  Eth.input ~arpv4:(Arp4.input h.arp) ~ipv4 ~ipv6 eth

let host ?capabilities ?mtu ?gateway segment n =
  let mac = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x00%c" (Char.chr n)) in
  Virtual_net.connect ?capabilities ?mtu segment mac >>= fun net ->
  Eth.connect net >>= fun eth ->
  Arp4.connect eth >>= fun arp ->
  let cidr = Ipaddr.V4.Prefix.of_string_exn (Printf.sprintf "10.0.0.%d/24" n) in
  Ip.connect ~cidr ?gateway eth arp >>= fun ip ->
  Icmp.connect ip >>= fun icmp ->
  Udp4.connect ip >|= fun udp ->
  let h = { net; arp; ip; udp; echoes = []; datagrams = [] } in
  Lwt.async (fun () ->
      Lwt.map ignore (Virtual_net.listen net ~header_size:14 (receive h eth icmp)));
  h

let address n = Ipaddr.V4.of_string_exn (Printf.sprintf "10.0.0.%d" n)

let ping h ~dst payload =
  let header = { Icmpv4_packet.ty = Echo_request; code = 0; subheader = Id_and_seq (1, 1) } in
  let head = Icmpv4_packet.Marshal.make_cstruct header ~payload in
  Ip.write h.ip dst `ICMP (fun _ -> 0) [ head; payload ] >|= function
  | Ok () -> ()
  | Error e -> failwith (Format.asprintf "ping: %a" Ip.pp_error e)

let pair ?conditions ?capabilities ?peer ?mtu program =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment ?conditions () in
  host ?capabilities ?mtu segment 1 >>= fun a ->
  host ?capabilities:peer ?mtu segment 2 >>= fun b -> program segment a b

let second = Duration.of_sec 1

let answered payload h = List.exists (Cstruct.equal payload) h.echoes

let ping_sizes sizes () =
  pair @@ fun _ a _ ->
  Lwt_list.iter_s
    (fun size ->
       let payload = Seeded.bytes size in
       ping a ~dst:(address 2) payload >>= fun () ->
       Time.sleep_ns second >|= fun () ->
       check (Printf.sprintf "no answer to %d bytes" size) (answered payload a))
    sizes

let small_mtu () =
  pair ~mtu:576 @@ fun _ a _ ->
  let payload = Seeded.bytes 65_500 in
  ping a ~dst:(address 2) payload >>= fun () ->
  Time.sleep_ns second >|= fun () -> check "no answer" (answered payload a)

let reordered () =
  let conditions =
    { Virtual_net.perfect with jitter_ns = Duration.of_ms 50; duplicate = 0.2 }
  in
  pair ~conditions @@ fun _ a _ ->
  let payload = Seeded.bytes 30_000 in
  ping a ~dst:(address 2) payload >>= fun () ->
  Time.sleep_ns second >|= fun () -> check "no answer" (answered payload a)

let lossy () =
  let conditions = { Virtual_net.perfect with loss = 0.05; corrupt = 0.05 } in
  pair ~conditions @@ fun _ a _ ->
  let payloads = List.init 300 (fun _ -> Seeded.bytes 1000) in
  Lwt_list.iter_s
    (fun payload -> ping a ~dst:(address 2) payload >>= fun () -> Time.sleep_ns second)
    payloads
  >|= fun () ->
  let n = List.length (List.filter (fun p -> answered p a) payloads) in
  check (Printf.sprintf "%d of 300 answered" n) (n > 200 && n < 290);
  check "an answer is damaged"
    (List.for_all (fun e -> List.exists (Cstruct.equal e) payloads) a.echoes)

let udp_exchange ?capabilities ?peer () =
  pair ?capabilities ?peer @@ fun _ a b ->
  let send size =
    let text = Cstruct.to_string (Seeded.bytes size) in
    Udp4.write ~src_port:9 ~dst:(address 2) ~dst_port:7 a.udp (Cstruct.of_string text)
    >>= fun sent ->
    check "not sent" (Result.is_ok sent);
    Time.sleep_ns second >|= fun () ->
    check (Printf.sprintf "%d bytes did not arrive" size) (b.datagrams = [ (9, text) ]);
    b.datagrams <- []
  in
  Lwt_list.iter_s send [ 0; 1; 7; 8; 1472; 1473; 65_000; 65_507 ] >>= fun () ->
  Udp4.write ~dst:(address 2) ~dst_port:7 a.udp (Cstruct.create 65_508) >|= fun sent ->
  check "65,508 bytes were taken" (Result.is_error sent)

let no_such_host () =
  pair @@ fun _ a _ ->
  let t0 = Virtual_time.now_ns () in
  Udp4.write ~dst:(address 9) ~dst_port:7 a.udp (Cstruct.create 1) >>= fun sent ->
  let waited = Int64.sub (Virtual_time.now_ns ()) t0 in
  check "sent" (Result.is_error sent);
  check "waited more than 5 s" (waited < Duration.of_sec 5);
  let outside = Ipaddr.V4.of_string_exn "192.0.2.1" in
  Ip.write a.ip outside `UDP (fun _ -> 0) [] >|= function
  | Error (`No_route _) -> ()
  | _ -> failwith "a packet left the network without a gateway"

let too_long_without_fragments () =
  pair @@ fun _ a _ ->
  Ip.write a.ip ~fragment:false (address 2) `TCP (fun _ -> 0) [ Cstruct.create 1481 ]
  >|= fun sent -> check "not refused" (sent = Error `Would_fragment)

let announces () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  let frames = ref [] in
  Virtual_net.watch segment (fun frame -> frames := frame :: !frames);
  host segment 1 >|= fun _ ->
  match List.map (fun f -> Arp_packet.decode (Cstruct.shift f 14)) !frames with
  | [ Ok { operation = Request; source_ip; target_ip; _ } ] ->
      check "addresses" (source_ip = address 1 && target_ip = address 1)
  | _ -> failwith "no gratuitous ARP"

let waiting_is_bounded () =
  let room = Resolution_queue.create ~capacity:10_000 ~evicted:"too long" in
  let never, _ = Lwt.wait () in
  let first = List.init 5 (fun _ -> Resolution_queue.wait room ~bytes:1500 never) in
  let soon, answer = Lwt.wait () in
  let served = Resolution_queue.wait room ~bytes:1500 soon in
  for _ = 1 to 3 do
    ignore (Resolution_queue.wait room ~bytes:1500 never)
  done;
  check "over the capacity" (Resolution_queue.weight room <= 10_000);
  Lwt.wakeup answer "here";
  Lwt.wakeup_paused ();
  check "the oldest still wait" (Lwt.state (List.hd first) = Return "too long");
  check "what is answered was refused" (Lwt.state served = Return "here");
  check "nothing left" (Resolution_queue.weight room < 10_000 - 1500)

let those_who_left_are_forgotten () =
  let room = Resolution_queue.create ~capacity:10_000 ~evicted:() in
  let never, _ = Lwt.wait () in
  for _ = 1 to 10_000 do
    ignore (Resolution_queue.wait room ~bytes:1500 never)
  done;
  let words = Obj.reachable_words (Obj.repr never) in
  check (Printf.sprintf "%d words hang on the answer" words) (words < 20_000)

(* Absent hosts by the hundred, and packets for them without end. *)
let known_are_served () =
  pair @@ fun segment a _ ->
  let requests = ref 0 in
  Virtual_net.watch segment (fun f ->
      if Ethernet_wire.get_ethernet_ethertype f = 0x0806 then incr requests);
  let send n = Udp4.write ~dst:(address (3 + (n mod 200))) ~dst_port:7 a.udp (Cstruct.create 1000) in
  let flood () =
    for n = 1 to 600 do
      ignore (send n)
    done
  in
  let served n =
    flood ();
    let payload = Seeded.bytes (56 + n) in
    ping a ~dst:(address 2) payload >>= fun () ->
    Time.sleep_ns (Duration.of_ms 10) >>= fun () ->
    check (Printf.sprintf "ping %d was not answered" n) (answered payload a);
    Time.sleep_ns (Duration.of_ms 490)
  in
  Lwt_list.iter_s served (List.init 120 Fun.id) >|= fun () ->
  check (Printf.sprintf "%d requests in a minute" !requests) (!requests < 60 * 210);
  check "nobody was asked for" (!requests > 600)

(* The same frame with a tag, as a switch or a hypervisor adds it. *)
let with_tag control frame =
  let tag = Cstruct.create 4 in
  Cstruct.BE.set_uint16 tag 0 Ethernet_wire.vlan_tag;
  Cstruct.BE.set_uint16 tag 2 control;
  let addresses, rest = Cstruct.split frame 12 in
  Cstruct.concat [ addresses; tag; rest ]

let tagged control tags expected () =
  pair @@ fun segment a _ ->
  Virtual_net.connect segment (Macaddr.of_string_exn "02:00:00:00:00:09") >>= fun station ->
  let answers = ref 0 in
  Virtual_net.watch segment (fun f ->
      match Ethernet_packet.Unmarshal.of_cstruct f with
      | Ok ({ source; ethertype = `ARP; _ }, _) when Macaddr.compare source (Virtual_net.mac a.net) = 0 -> incr answers
      | _ -> ());
  let request =
    { Arp_packet.operation = Request; source_mac = Virtual_net.mac station; source_ip = address 9;
      target_mac = Macaddr.broadcast; target_ip = address 1 }
  in
  let header = { Ethernet_packet.source = request.source_mac; destination = Macaddr.broadcast; ethertype = `ARP } in
  let frame = Cstruct.append (Ethernet_packet.Marshal.make_cstruct header) (Arp_packet.encode request) in
  Virtual_net.inject station (List.fold_left (fun f () -> with_tag control f) frame (List.init tags ignore));
  Time.sleep_ns second >|= fun () -> equal string_of_int "answers" expected !answers

let offloads =
  { Mirage_net_headroom.checksum = true; segmentation_v4 = true; segmentation_v6 = true }

let () =
  case "ping, all sizes around the MTU" (ping_sizes [ 0; 1; 56; 1471; 1472; 1473; 1480; 2952; 2953 ]);
  case "ping, 65,500 bytes" (ping_sizes [ 65_500; 65_507 ]);
  case "ping over an MTU of 576" small_mtu;
  case "ping, fragments reordered and duplicated" reordered;
  case "ping under loss and corruption" lossy;
  case "udp, checksum in software" udp_exchange;
  case "udp, checksum left to the device" (udp_exchange ~capabilities:offloads ~peer:offloads);
  case "udp, checksum finished by the device" (udp_exchange ~capabilities:offloads);
  case "udp, checksum only looked at" (udp_exchange ~peer:offloads);
  case "no such host, no gateway" no_such_host;
  case "may not be fragmented" too_long_without_fragments;
  case "gratuitous ARP at start" announces;
  case "packets that wait for resolution are bounded" waiting_is_bounded;
  case "who has left the waiting room is forgotten" those_who_left_are_forgotten;
  case "known neighbours are served beside absent ones" known_are_served;
  case "a frame without tag" (tagged 0 0 1);
  case "a frame of VLAN 0" (tagged 0 1 1);
  case "a frame of VLAN 0 with a priority" (tagged 0xf000 1 1);
  case "a frame of another VLAN" (tagged 0x2001 1 0);
  case "a frame with two tags" (tagged 0 2 0)
