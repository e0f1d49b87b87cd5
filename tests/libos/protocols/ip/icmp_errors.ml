(* packages: ethernet arp-mirage tcpip.ipv4 tcpip.ipv6 tcpip.icmpv4 virtual-network *)

(* What routers and hosts say of packets that this host sent, on its way up. *)

open Lwt.Infix
open Case
module Net = Virtual_net
module Eth = Ethernet.Make (Net)
module Arp4 = Arp.Make (Eth) (Virtual_time.Time)
module Ip4 = Static_ipv4.Make (Seeded.Random) (Virtual_time.Mclock) (Eth) (Arp4)
module Icmp4 = Icmpv4.Make (Ip4)
module Ip6 = Ipv6.Make (Eth) (Seeded.Random) (Virtual_time.Time) (Virtual_time.Mclock)

let own4 = Ipaddr.V4.of_string_exn "10.0.0.1"
let peer4 = Ipaddr.V4.of_string_exn "192.0.2.7"
let router4 = Ipaddr.V4.of_string_exn "10.0.0.254"
let own6 = Ipaddr.V6.of_string_exn "2001:db8::1"
let peer6 = Ipaddr.V6.of_string_exn "2001:db8:9::7"
let router6 = Ipaddr.V6.of_string_exn "2001:db8::fe"
let transport = hex "c0000050 00010203 04050607"

(* {2 Messages} *)

let quote4 ?(src = own4) ?(proto = 6) ?(off = 0x4000) ?(payload = transport) () =
  let options = Cstruct.empty in
  let header = { Ipv4_packet.src; dst = peer4; id = 1; off; ttl = 60; proto; options } in
  Cstruct.append (Ipv4_packet.Marshal.make_cstruct ~payload_len:1480 header) payload

let message4 ty code rest quote =
  let header = { Icmpv4_packet.ty; code; subheader = rest } in
  Cstruct.append (Icmpv4_packet.Marshal.make_cstruct header ~payload:quote) quote

let quote6 ?(src = own6) ?(proto = 6) ?(extension = "") ?(payload = transport) () =
  let header = { Ipv6_packet.src; dst = peer6; hop_limit = 60; next_header = proto } in
  let head = Ipv6_packet.Marshal.make_cstruct ~payload_len:1460 header in
  Cstruct.concat [ head; hex extension; payload ]

let packet6 ?(dst = own6) ty code rest quote =
  let message = Icmpv6_packet.Other (ty, code, rest, quote) in
  let parts = Icmpv6_packet.marshal ~src:router6 ~dst message in
  let payload_len = Cstruct.lenv parts in
  let header = { Ipv6_packet.src = router6; dst; hop_limit = 64; next_header = 58 } in
  Cstruct.concat (Ipv6_packet.Marshal.make_cstruct ~payload_len header :: parts)

(* {2 Hosts} *)

let heard program protocol =
  let reports = ref [] in
  let subscription =
    Ip_errors.subscribe ~protocol (fun report -> reports := report :: !reports)
  in
  let finished () = Ip_errors.cancel subscription in
  Lwt.finalize program (fun () -> Lwt.return (finished ())) >|= fun () -> !reports

let net () =
  Net.connect (Net.segment ()) (Macaddr.of_string_exn "02:00:00:00:00:01") >>= Eth.connect

let to_v4 ?(dst = own4) ?(protocol = 6) message =
  Virtual_time.run @@ fun () ->
  net () >>= fun eth ->
  Arp4.connect eth >>= fun arp ->
  Ip4.connect ~cidr:(Ipaddr.V4.Prefix.make 24 own4) eth arp >>= Icmp4.connect >>= fun icmp ->
  heard (fun () -> Icmp4.input icmp ~src:router4 ~dst message) protocol

let nothing ~src:_ ~dst:_ _ = Lwt.return_unit
let ignored ~proto:_ ~src:_ ~dst:_ _ = Lwt.return_unit

let to_v6 ?(protocol = 6) packet =
  Virtual_time.run @@ fun () ->
  net () >>= fun eth ->
  let netmask = [ Ipaddr.V6.Prefix.of_string_exn "2001:db8::/64" ] in
  Ip6.connect ~ip:[ own6 ] ~netmask eth >>= fun ip ->
  Virtual_time.Time.sleep_ns (Duration.of_sec 5) >>= fun () ->
  heard (fun () -> Ip6.input ip ~tcp:nothing ~udp:nothing ~default:ignored packet) protocol

let show = function
  | Ip_errors.Unreachable why -> "unreachable: " ^ why
  | Soft_error why -> "obstacle: " ^ why
  | Too_big n -> "too big for " ^ string_of_int n

let told expected = function
  | [ (report : Ip_errors.t) ] ->
      equal Fun.id "reason" expected (show report.reason);
      check "quotes 8 bytes or more" (Cstruct.length report.transport >= 8);
      let beginning = Cstruct.sub report.transport 0 8 in
      equal_bytes "transport" (Cstruct.sub transport 0 8) beginning;
      report
  | reports -> failwith (Printf.sprintf "%d reports" (List.length reports))

let silent what reports = check what (reports = [])

(* {2 IPv4} *)

let kinds4 () =
  let about ty code rest = to_v4 (message4 ty code rest (quote4 ())) in
  let says text = "10.0.0.254 says: " ^ text in
  let unreachable code expected =
    let rest = Icmpv4_packet.Next_hop_mtu 0 in
    let report =
      told ("unreachable: " ^ says expected) (about Destination_unreachable code rest)
    in
    equal Fun.id "source" (Ipaddr.V4.to_octets own4) report.source;
    equal Fun.id "destination" (Ipaddr.V4.to_octets peer4) report.destination;
    equal string_of_int "protocol" 6 report.protocol
  in
  unreachable 0 "network unreachable";
  unreachable 1 "host unreachable";
  unreachable 2 "protocol unreachable";
  unreachable 3 "port unreachable";
  unreachable 13 "communication prohibited";
  unreachable 77 "unreachable, code 77";
  let needs mtu = about Destination_unreachable 4 (Next_hop_mtu mtu) in
  ignore (told "too big for 1400" (needs 1400));
  ignore (told "too big for 0" (needs 0));
  ignore (told ("obstacle: " ^ says "time exceeded") (about Time_exceeded 0 Unused));
  ignore (told ("obstacle: " ^ says "parameter problem") (about Parameter_problem 0 (Pointer 1)));
  silent "source quench" (about Source_quench 0 Unused);
  silent "redirect" (about Redirect 1 (Address router4));
  silent "an answer to an echo" (about Echo_reply 0 (Id_and_seq (1, 1)))

let nonsense4 () =
  let about ?dst ?protocol quote =
    to_v4 ?dst ?protocol (message4 Destination_unreachable 1 (Next_hop_mtu 0) quote)
  in
  silent "of somebody else's packet" (about (quote4 ~src:peer4 ()));
  silent "to everybody" (about ~dst:Ipaddr.V4.broadcast (quote4 ()));
  silent "of another protocol" (about ~protocol:17 (quote4 ()));
  silent "of a later fragment" (about (quote4 ~off:0x2001 ()));
  let whole = quote4 () in
  for length = 0 to 27 do
    silent (string_of_int length) (about (Cstruct.sub whole 0 length))
  done;
  ignore (told "unreachable: 10.0.0.254 says: host unreachable" (about (Cstruct.sub whole 0 28)));
  let wrong = quote4 () in
  Cstruct.set_uint8 wrong 0 0x4f;
  silent "a header longer than the quote" (about wrong);
  let damaged = message4 Destination_unreachable 1 Unused (quote4 ()) in
  Cstruct.set_uint8 damaged 3 (Cstruct.get_uint8 damaged 3 lxor 1);
  silent "a wrong checksum" (to_v4 damaged)

(* {2 IPv6} *)

let kinds6 () =
  let about ty code rest = to_v6 (packet6 ty code rest (quote6 ())) in
  let says text = "2001:db8::fe says: " ^ text in
  let unreachable code text =
    let report = told ("unreachable: " ^ says text) (about 1 code 0l) in
    equal Fun.id "source" (Ipaddr.V6.to_octets own6) report.source;
    equal Fun.id "destination" (Ipaddr.V6.to_octets peer6) report.destination
  in
  unreachable 0 "no route";
  unreachable 1 "prohibited by administration";
  unreachable 3 "address unreachable";
  unreachable 4 "port unreachable";
  ignore (told "too big for 1280" (about 2 0 1280l));
  ignore (told "too big for 65535" (about 2 0 0xffff_ffffl));
  ignore (told ("obstacle: " ^ says "time exceeded") (about 3 0 0l));
  ignore (told ("obstacle: " ^ says "parameter problem") (about 4 1 6l));
  silent "an unknown error" (about 100 0 0l);
  silent "an unknown message" (about 200 0 0l)

let nonsense6 () =
  let about ?dst ?protocol quote = to_v6 ?protocol (packet6 ?dst 1 3 0l quote) in
  let all_nodes = Ipaddr.V6.of_string_exn "ff02::1" in
  silent "of somebody else's packet" (about (quote6 ~src:peer6 ()));
  silent "to everybody" (about ~dst:all_nodes (quote6 ()));
  silent "of another protocol" (about ~protocol:17 (quote6 ()));
  let whole = quote6 () in
  for length = 0 to 47 do
    silent (string_of_int length) (about (Cstruct.sub whole 0 length))
  done;
  let text = "unreachable: 2001:db8::fe says: address unreachable" in
  ignore (told text (about (Cstruct.sub whole 0 48)));
  let fragment field = quote6 ~proto:44 ~extension:("0600" ^ field ^ "00000001") () in
  ignore (told text (about (fragment "0001")));
  silent "of a later fragment" (about (fragment "0008"));
  silent "a fragment header alone" (about (Cstruct.sub (fragment "0001") 0 47))

(* {2 Any bytes} *)

let sound (report : Ip_errors.t) ~octets =
  check "source" (String.length report.source = octets);
  check "destination" (String.length report.destination = octets);
  check "quotes 8 bytes or more" (Cstruct.length report.transport >= 8);
  match report.reason with
  | Too_big n -> check "bytes of a packet" (n >= 0 && n <= 0xffff)
  | Unreachable _ | Soft_error _ -> ()

let any_bytes ~octets report samples () =
  let samples = Array.of_list samples and reports = ref 0 in
  for _ = 1 to Fuzz.inputs do
    match report (Fuzz.mutant samples) with
    | None -> ()
    | Some found ->
        incr reports;
        sound found ~octets
  done;
  check "almost nothing was a report" (!reports > Fuzz.inputs / 100)

let any_bytes4 =
  let report quote =
    let subheader = Icmpv4_packet.Next_hop_mtu 7 in
    let header = { Icmpv4_packet.ty = Destination_unreachable; code = 4; subheader } in
    Icmpv4_message.report ~reporter:router4 header quote
  in
  any_bytes ~octets:4 report [ quote4 (); quote4 ~off:0x2000 () ]

let any_bytes6 =
  let message ty code rest quote =
    Cstruct.shift (packet6 ty code rest quote) Ipv6_wire.sizeof_ipv6
  in
  let fragment = quote6 ~proto:44 ~extension:"0600000100000001" () in
  any_bytes ~octets:16
    (Icmpv6_error.report ~reporter:router6)
    [ message 2 0 1280l (quote6 ()); message 1 3 0l fragment; message 3 0 0l (quote6 ()) ]

let () =
  case "any bytes in ICMP" any_bytes4;
  case "any bytes in ICMPv6" any_bytes6;
  case "what ICMP says" kinds4;
  case "nonsense in ICMP" nonsense4;
  case "what ICMPv6 says" kinds6;
  case "nonsense in ICMPv6" nonsense6
