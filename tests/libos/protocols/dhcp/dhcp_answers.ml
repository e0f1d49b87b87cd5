(* packages: charrua-client charrua-client-lwt tcpip virtual-network dhcp-simulation *)

(* Answers of DHCP servers that are partial, make no sense, or come from somebody
   else, and what becomes of a host that has or wants an address. *)

open Lwt.Infix
open Case
open Dhcp_wire
module Time = Virtual_time.Time
module Server = Dhcp_server
module Ip = Dhcp_host.Ip

let ip = Ipaddr.V4.of_string_exn
let seconds = Duration.of_sec
let address = ip "10.9.0.77"
let outside = ip "192.0.2.1"

(* {2 Scenes} *)

let scene ?(seconds = 1_000_000) program () =
  Dhcp_host.Clock.reset ();
  Virtual_time.run ~limit_s:seconds @@ fun () ->
  let segment = Virtual_net.segment () in
  Server.start segment >>= fun s -> program segment s

let count_of s wanted = List.length (List.filter (fun (_, _, m) -> m = wanted) s.Server.heard)

let has host expected =
  let show = Format.asprintf "%a" (Format.pp_print_list Ipaddr.V4.pp) in
  equal show "address" expected (Ip.get_ip host)

(* Whether the host at an address answers somebody on its link. *)
let answers segment s dst =
  let answered = ref false in
  Virtual_net.watch segment (fun frame ->
      match Server.source frame with
      | Some source when Ipaddr.V4.compare source dst = 0 && Server.arp_of frame = None ->
          answered := true
      | _ -> ());
  Virtual_net.inject s.Server.net (Server.arp Request Server.ip ~target:dst);
  Virtual_net.inject s.Server.net (Server.datagram dst);
  Time.sleep_ns (Duration.of_ms 10) >|= fun () -> !answered

let serves segment s =
  answers segment s address >|= fun yes -> check "the host does not answer" yes

(* The next hop by the addresses that the host asks for by ARP. *)
let asks_for segment host dst =
  let asked = ref [] in
  Virtual_net.watch segment (fun frame ->
      match Server.arp_of frame with
      | Some { operation = Request; source_mac; target_ip; _ }
        when Macaddr.compare source_mac Dhcp_host.mac = 0 ->
          asked := target_ip :: !asked
      | _ -> ());
  Lwt.async (fun () -> Lwt.map ignore (Ip.write host dst `UDP (fun _ -> 0) []));
  Time.sleep_ns (Duration.of_ms 1) >|= fun () -> !asked

(* {2 Renewals} *)

let changed change s request msgtype =
  match msgtype with
  | DHCPREQUEST -> [ buf_of_pkt (change (Server.answer s request DHCPACK)) ]
  | _ -> Server.good s request msgtype

let only_basics (p : pkt) =
  let basic = function
    | Message_type _ | Server_identifier _ | Ip_lease_time _ -> true
    | _ -> false
  in
  { p with options = List.filter basic p.options }

let with_options more (p : pkt) =
  let p = only_basics p in
  { p with options = p.options @ more }

let odd code value = Unassigned (code, value)

let nonsense =
  [
    ("a router off the link", with_options [ List.hd Server.usual; Routers [ ip "10.8.0.1" ] ]);
    ("only what must be there", only_basics);
    ("a router that is no host", with_options [ Routers [ Ipaddr.V4.any; Ipaddr.V4.broadcast ] ]);
    ("the host as its router", with_options [ Routers [ address ] ]);
    ("a mask with a hole", with_options [ odd SUBNET_MASK "\xff\x00\xff\x00" ]);
    ("a mask of nothing", with_options [ odd SUBNET_MASK "\x00\x00\x00\x00" ]);
    ("a mask of three bytes", with_options [ odd SUBNET_MASK "\xff\xff\xff" ]);
    ("a router of three bytes", with_options [ odd ROUTERS "\x0a\x09\x00" ]);
    ("routes that are cut off", with_options [ odd CLASSLESS_STATIC_ROUTE "\x18\x0a\x09" ]);
    ("an MTU of four bytes", with_options [ odd INTERFACE_MTU "\x00\x00\x05\xdc" ]);
    ("no time servers", with_options [ odd NTP_SERVERS "" ]);
    ("T1 after T2 after the end", with_options [ Renewal_t1 9000l; Rebinding_t2 8000l ]);
    ("T1 at once", with_options [ Renewal_t1 0l ]);
    ("T2 at once", with_options [ Rebinding_t2 0l ]);
    ("another address", fun p -> { p with yiaddr = ip "10.9.0.78" });
    ("the address 0", fun p -> { p with yiaddr = Ipaddr.V4.any });
    ("the address of all", fun p -> { p with yiaddr = Ipaddr.V4.broadcast });
    ("a group's address", fun p -> { p with yiaddr = ip "224.0.0.9" });
    ("the network's address", fun p -> { p with yiaddr = ip "10.9.0.0" });
    ("a lease of nothing", with_options [ odd IP_LEASE_TIME "\x00\x00\x00\x00" ]);
    ("a lease of three bytes", fun p ->
      { p with options = [ Message_type DHCPACK; Server_identifier Server.ip; odd IP_LEASE_TIME "\x00\x01\x00" ] });
    ("another server", fun p ->
      { p with options = [ Message_type DHCPACK; Server_identifier (ip "10.9.0.2"); Ip_lease_time 600l ] });
    ("no server", fun p -> { p with options = [ Message_type DHCPACK; Ip_lease_time 600l ] });
    ("for another client", fun p -> { p with options = p.options @ [ Client_id (Id "somebody") ] });
    ("no options at all", fun p -> { p with options = [] });
  ]

(* The lease is ten minutes, and the answers begin at five: whatever they hold, the
   host goes on as it was told at first, for as long as that lasts. *)
let renewal (what, change) =
  case ("a renewal's answer: " ^ what)
    (scene @@ fun segment s ->
     Dhcp_host.start segment >>= fun host ->
     s.reply <- changed change;
     let before = List.length s.heard in
     Time.sleep_ns (seconds 450) >>= fun () ->
     has host [ address ];
     serves segment s >>= fun () ->
     asks_for segment host (ip "10.9.0.200") >>= fun asked ->
     check "the network was forgotten" (List.mem (ip "10.9.0.200") asked);
     Ip.write host outside `UDP (fun _ -> 0) [] >>= fun sent ->
     check "the router was forgotten" (Result.is_ok sent);
     Time.sleep_ns (seconds 2000) >>= fun () ->
     let requests = List.length s.heard - before in
     check (Printf.sprintf "%d requests in 41 minutes" requests) (requests >= 2 && requests < 150);
     s.reply <- Server.good;
     Time.sleep_ns (seconds 700) >>= fun () ->
     has host [ address ];
     serves segment s)

(* {2 First answers} *)

let first_boot extra program =
  scene @@ fun segment s ->
  s.extra <- extra;
  Dhcp_host.start segment >>= fun host -> program segment s host

let mask = List.hd Server.usual

let next_hop what expected dst extra =
  case what
    (first_boot extra @@ fun segment _ host ->
     asks_for segment host dst >|= fun asked ->
     equal (Format.asprintf "%a" (Format.pp_print_list Ipaddr.V4.pp)) "asked" [ ip expected ] asked)

let routes text = odd CLASSLESS_STATIC_ROUTE text
let default_by_254 = routes "\x00\x0a\x09\x00\xfe"

let several =
  routes
    ("\x10\xc0\x02\x0a\x09\x00\x02" ^ "\x18\xc0\x02\x00\x0a\x09\x00\x03"
   ^ "\x20\xc0\x02\x00\x05\x00\x00\x00\x00" ^ "\x19\x0a\x09\x00\x80\x0a\x09\x00\x04"
   ^ "\x00\x0a\x09\x00\xfe")

let routing () =
  next_hop "a router of option 3" "10.9.0.1" outside Server.usual;
  next_hop "a route of option 121" "10.9.0.254" outside [ mask; default_by_254 ];
  next_hop "options 121 and 3" "10.9.0.254" outside [ default_by_254; mask; Routers [ Server.ip ] ];
  next_hop "the longest of several routes" "10.9.0.3" (ip "192.2.0.1") [ mask; several ];
  next_hop "a shorter one" "10.9.0.2" (ip "192.2.9.9") [ mask; odd CLASSLESS_STATIC_ROUTE "\x10\xc0\x02\x0a\x09\x00\x02" ];
  next_hop "a route to one host on the link" "192.2.0.5" (ip "192.2.0.5") [ mask; several ];
  next_hop "a route inside the network" "10.9.0.4" (ip "10.9.0.129") [ mask; several ];
  next_hop "the network beside it" "10.9.0.99" (ip "10.9.0.99") [ mask; several ];
  next_hop "the default route among several" "10.9.0.254" (ip "198.51.100.1") [ mask; several ];
  next_hop "routes cut off, and option 3" "10.9.0.1" outside
    [ mask; Routers [ Server.ip ]; routes "\x18\xc0\x02" ];
  next_hop "a prefix of 33 bits, and option 3" "10.9.0.1" outside
    [ mask; Routers [ Server.ip ]; routes "\x21\xc0\x02\x00\x05\x00\x0a\x09\x00\x02" ];
  next_hop "option 249" "10.9.0.254" outside
    [ mask; odd PRIVATE_CLASSLESS_STATIC_ROUTE "\x00\x0a\x09\x00\xfe" ];
  next_hop "option 121 in two pieces" "10.9.0.254" outside
    [ mask; routes "\x00\x0a\x09"; routes "\x00\xfe" ];
  next_hop "a router outside a network of one" "10.0.0.1" outside
    [ odd SUBNET_MASK "\xff\xff\xff\xff"; Routers [ ip "10.0.0.1" ] ];
  next_hop "a router outside the network" "10.8.0.1" outside [ mask; Routers [ ip "10.8.0.1" ] ];
  next_hop "the first router on the link" "10.9.0.2" outside
    [ mask; Routers [ ip "10.8.0.1"; ip "10.9.0.2" ] ];
  next_hop "no mask and no router" "10.200.0.1" (ip "10.200.0.1") []

let useless =
  [
    ("an empty option", odd NTP_SERVERS ""); ("an MTU of four bytes", odd INTERFACE_MTU "\x00\x00\x05\xdc");
    ("a name server of five bytes", odd DNS_SERVERS "\x0a\x09\x00\x01\x07");
    ("a router of two bytes", odd ROUTERS "\x0a\x09"); ("a flag of 7", odd IPFORWARDING "\x07");
    ("an unknown option", odd MISC_150 (String.make 255 'x'));
    ("a long option", odd DOMAIN_SEARCH (String.make 700 'y'));
  ]

let ignored (what, option) =
  case ("an offer with " ^ what)
    (first_boot (option :: mask :: [ Hostname "guest" ]) @@ fun segment s host ->
     has host [ address ];
     serves segment s)

(* Byte 43 + 240 is where the options begin. *)
let overloaded () =
  case "options in the fields of names"
    (scene @@ fun segment s ->
     let overload frame =
       let message = Cstruct.shift frame 42 in
       let write at text = Cstruct.blit_from_string text 0 message at (String.length text) in
       let own = Printf.sprintf "\x35\x01%c\x36\x04\x0a\x09\x00\x01\x33\x04\x00\x00\x02\x58\x34\x01\x03\xff" in
       fun msgtype ->
         write 240 (own msgtype);
         write 108 "\x01\x04\xff\xff\xff\x00\x03\x02\x0a\x09\xff";
         write 44 "\x03\x02\x00\xfe\xff";
         frame
     in
     (* Without its checksum, which UDP may leave out. *)
     let unsummed frame =
       Cstruct.BE.set_uint16 frame 40 0;
       frame
     in
     s.extra <- [];
     s.reply <-
       (fun s request msgtype ->
         let msgtype = if msgtype = DHCPDISCOVER then DHCPOFFER else DHCPACK in
         let frame = buf_of_pkt { (Server.answer s request msgtype) with options = [] } in
         [ unsummed (overload frame (Char.chr (msgtype_to_int msgtype))) ]);
     Dhcp_host.start segment >>= fun host ->
     has host [ address ];
     asks_for segment host outside >|= fun asked ->
     check "the router of two pieces" (asked = [ ip "10.9.0.254" ]))

(* {2 Name servers} *)

let known () = Name_servers.known ~now:(Dhcp_host.Clock.elapsed_ns ())

let name_servers segment (s : Server.t) =
  let servers = [ ip "10.9.0.53"; ip "10.9.0.54" ] in
  s.extra <- Dns_servers (Ipaddr.V4.any :: servers) :: Server.usual;
  Dhcp_host.start segment >>= fun _ ->
  let expected = List.map (fun ip -> Ipaddr.V4 ip) servers in
  check "not told" (known () = expected);
  s.extra <- Server.usual;
  Time.sleep_ns (seconds 700) >>= fun () ->
  check "forgotten by a renewal that does not name them" (known () = expected);
  s.reply <- (fun _ _ _ -> []);
  Dhcp_host.Clock.hold (seconds 700);
  check "told after the end of the lease" (known () = []);
  Time.sleep_ns (seconds 700) >|= fun () -> check "told later" (known () = [])

(* {2 Refusals and storms} *)

let nak s request = [ buf_of_pkt (Server.answer s request DHCPNAK) ]

let sent_within s ~from ~until =
  List.length (List.filter (fun (at, _, _) -> at >= from && at < until) s.Server.heard)

let refused_at_boot segment (s : Server.t) =
  s.reply <-
    (fun s request -> function
      | DHCPREQUEST -> nak s request
      | msgtype -> Server.good s request msgtype);
  Lwt.catch
    (fun () -> Dhcp_host.start segment >|= fun _ -> failwith "bound")
    (fun e ->
      check (Printexc.to_string e) (e <> Failure "bound");
      check "given up late" (Virtual_time.now_ns () < seconds 60);
      check "given up early" (Virtual_time.now_ns () > seconds 20);
      equal string_of_int "requests" 12 (List.length s.heard);
      Lwt.return_unit)

let refused_later segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  s.reply <-
    (fun s request -> function
      | DHCPREQUEST -> nak s request
      | msgtype -> Server.good s request msgtype);
  Time.sleep_ns (seconds 301) >>= fun () ->
  has host [];
  answers segment s address >>= fun answered ->
  check "an address that was taken back is used" (not answered);
  let from = Virtual_time.now_ns () in
  Time.sleep_ns (seconds 3600) >>= fun () ->
  let requests = sent_within s ~from ~until:(Virtual_time.now_ns ()) in
  check (Printf.sprintf "%d requests in an hour" requests) (requests > 60 && requests < 200);
  s.reply <- Server.good;
  s.offered <- ip "10.9.0.78";
  Time.sleep_ns (seconds 70) >|= fun () -> has host [ ip "10.9.0.78" ]

let foreign_refusal segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  let strange (p : pkt) =
    { p with options = [ Message_type DHCPNAK; Server_identifier (ip "10.9.0.66") ] }
  in
  s.reply <- (fun s request _ -> [ buf_of_pkt (strange (Server.answer s request DHCPNAK)) ]);
  Time.sleep_ns (seconds 500) >>= fun () ->
  has host [ address ];
  serves segment s

let storm segment (s : Server.t) =
  s.reply <-
    (fun s request msgtype ->
      List.concat (List.init 100 (fun _ -> Server.good s request msgtype)));
  Dhcp_host.start segment >>= fun host ->
  check "two requests" (List.length s.heard = 2);
  has host [ address ];
  let _, request, _ = List.hd s.heard in
  let packet kind = buf_of_pkt (Server.answer s request kind) in
  s.heard <- [];
  for _ = 1 to 10_000 do
    List.iter (fun kind -> Virtual_net.inject s.net (packet kind)) [ DHCPOFFER; DHCPACK; DHCPNAK ]
  done;
  Time.sleep_ns (seconds 5) >>= fun () ->
  equal string_of_int "answers to a storm" 0 (List.length s.heard);
  serves segment s

(* {2 Addresses in use} *)

let other = Macaddr.of_string_exn "02:00:00:00:00:99"

let owner ?(delay = 0L) segment owned =
  Virtual_net.connect segment other >|= fun net ->
  let receive frame =
    match Server.arp_of frame with
    | Some { operation = Request; target_ip; source_mac; _ }
      when Ipaddr.V4.compare target_ip owned = 0 && Macaddr.compare source_mac other <> 0 ->
        Time.sleep_ns delay >|= fun () ->
        Virtual_net.inject net (Server.arp ~mac:other Reply owned)
    | _ -> Lwt.return_unit
  in
  Lwt.async (fun () -> Lwt.map ignore (Virtual_net.listen net ~header_size:14 receive));
  net

let declined (s : Server.t) =
  s.reply <-
    (fun s request msgtype ->
      if msgtype = DHCPDECLINE then s.offered <- ip "10.9.0.78";
      Server.good s request msgtype)

let decline_found (s : Server.t) =
  let options = List.find_map (fun (_, (p : pkt), m) -> if m = DHCPDECLINE then Some p.options else None) s.heard in
  match options with
  | None -> failwith "not declined"
  | Some options ->
      check "which address" (List.mem (Request_ip address) options);
      check "whose" (List.mem (Server_identifier Server.ip) options)

let warnings = ref []

let collect_warnings () =
  warnings := [];
  Logs.set_level (Some Logs.Warning);
  let report _ level ~over k message =
    let keep text =
      if level = Logs.Warning then warnings := text :: !warnings;
      over ();
      k ()
    in
    message (fun ?header:_ ?tags:_ format -> Format.kasprintf keep format)
  in
  Logs.set_reporter { Logs.report }

let in_use segment (s : Server.t) =
  declined s;
  collect_warnings ();
  owner segment address >>= fun _ ->
  let used = ref false in
  Virtual_net.watch segment (fun f ->
      match Server.arp_of f with
      | Some { source_ip; source_mac; _ } when source_ip = address && Macaddr.compare source_mac other <> 0 -> used := true
      | _ -> ());
  Dhcp_host.start segment >>= fun host ->
  has host [ ip "10.9.0.78" ];
  check "claimed" (not !used);
  Logs.set_reporter Logs.nop_reporter;
  let named = "another host has 10.9.0.77" in
  let names text = String.length text > String.length named && String.sub text 0 (String.length named) = named in
  equal string_of_int "warnings that name the address" 1 (List.length (List.filter names !warnings));
  check "ten seconds" (Virtual_time.now_ns () > seconds 10 && Virtual_time.now_ns () < seconds 20);
  Lwt.return (decline_found s)

let in_use_by_a_slow_one segment (s : Server.t) =
  declined s;
  owner ~delay:(Duration.of_ms 700) segment address >>= fun _ ->
  Dhcp_host.start segment >>= fun host ->
  check "boot waits" (Virtual_time.now_ns () < Duration.of_ms 100);
  Time.sleep_ns (seconds 3) >>= fun () ->
  has host [];
  decline_found s;
  Time.sleep_ns (seconds 20) >|= fun () -> has host [ ip "10.9.0.78" ]

let probed_by_two segment (s : Server.t) =
  declined s;
  Virtual_net.connect segment other >>= fun net ->
  let probe () = Virtual_net.inject net (Server.arp ~mac:other Request Ipaddr.V4.any ~target:address) in
  Lwt.async (fun () -> Time.sleep_ns (Duration.of_ms 30) >|= probe);
  Dhcp_host.start segment >|= fun host -> has host [ ip "10.9.0.78" ]

let always_in_use segment (s : Server.t) =
  owner segment address >>= fun _ ->
  Lwt.catch
    (fun () -> Dhcp_host.start segment >|= fun _ -> failwith "bound")
    (fun e ->
      check (Printexc.to_string e) (e <> Failure "bound");
      equal string_of_int "declined" 6 (count_of s DHCPDECLINE);
      check "at once" (Virtual_time.now_ns () > seconds 50);
      Lwt.return_unit)

let defended segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  Time.sleep_ns (seconds 20) >>= fun () ->
  Virtual_net.connect segment other >>= fun net ->
  let announcements = ref 0 in
  Virtual_net.watch segment (fun f ->
      match Server.arp_of f with
      | Some { source_ip; source_mac; _ }
        when source_ip = address && Macaddr.compare source_mac Dhcp_host.mac = 0 ->
          incr announcements
      | _ -> ());
  let rec liar n =
    if n = 0 then Lwt.return_unit
    else (
      Virtual_net.inject net (Server.arp ~mac:other Reply address);
      Virtual_net.inject net (Server.arp ~mac:other Request address ~target:address);
      Time.sleep_ns (Duration.of_ms 100) >>= fun () -> liar (n - 1))
  in
  liar 600 >>= fun () ->
  has host [ address ];
  check (Printf.sprintf "defended %d times in a minute" !announcements)
    (!announcements >= 5 && !announcements <= 8);
  equal string_of_int "declined" 0 (count_of s DHCPDECLINE);
  Lwt.return_unit

(* {2 Time} *)

let boot_time segment (_ : Server.t) =
  Dhcp_host.start segment >|= fun host ->
  has host [ address ];
  let ms = Int64.to_int (Virtual_time.now_ns ()) / 1_000_000 in
  check (Printf.sprintf "an address after %d ms" ms) (ms <= 55)

let after_a_pause hold_s segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  Time.sleep_ns (seconds 30) >>= fun () ->
  s.reply <- (fun _ _ _ -> []);
  let spoken = ref [] in
  Virtual_net.watch segment (fun f ->
      match Server.source f with
      | Some source when source = address -> spoken := f :: !spoken
      | _ -> ());
  Dhcp_host.Clock.hold (seconds hold_s);
  Virtual_net.inject s.net (Server.arp Request Server.ip ~target:address);
  Virtual_net.inject s.net (Server.datagram address);
  Ip.write host ~src:address Server.ip `UDP (fun _ -> 0) [] >>= fun sent ->
  check "sent" (match sent with Error (`No_route _) -> true | _ -> false);
  Time.sleep_ns (seconds 5) >>= fun () ->
  check "spoke in the name of an address that is over" (!spoken = []);
  has host [];
  s.reply <- Server.good;
  Time.sleep_ns (seconds 70) >>= fun () ->
  has host [ address ];
  serves segment s

let short_pause segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  Dhcp_host.Clock.hold (seconds 400);
  serves segment s >>= fun () ->
  Time.sleep_ns (seconds 3) >>= fun () ->
  has host [ address ];
  equal string_of_int "renewed" 2 (count_of s DHCPREQUEST);
  Lwt.return_unit

let tiny_leases segment (s : Server.t) =
  s.lease_s <- 1l;
  Dhcp_host.start segment >>= fun host ->
  s.heard <- [];
  Time.sleep_ns (seconds 600) >>= fun () ->
  let requests = List.length s.heard in
  check (Printf.sprintf "%d requests in ten minutes" requests) (requests < 3000);
  s.lease_s <- 60l;
  Time.sleep_ns (seconds 10) >|= fun () -> has host [ address ]

let old_flows segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  s.offered <- ip "10.9.0.78";
  s.reply <-
    (fun s request -> function
      | DHCPREQUEST when request.ciaddr = address -> nak s request
      | msgtype -> Server.good s request msgtype);
  Time.sleep_ns (seconds 310) >>= fun () ->
  has host [ ip "10.9.0.78" ];
  Ip.write host ~src:address Server.ip `TCP (fun _ -> 0) [] >>= fun old ->
  check "sent from the old address" (match old with Error (`No_route _) -> true | _ -> false);
  answers segment s address >>= fun answered ->
  check "answers at the old address" (not answered);
  answers segment s (ip "10.9.0.78") >|= fun answered -> check "no answer at the new one" answered

(* {2 All} *)

let () =
  List.iter renewal nonsense;
  routing ();
  List.iter ignored useless;
  overloaded ();
  case "name servers, until the lease is over" (scene name_servers);
  case "refused at boot: given up, in a bounded time" (scene refused_at_boot);
  case "refused later: never given up, at a bounded rate" (scene refused_later);
  case "refused by a stranger" (scene foreign_refusal);
  case "storms of answers" (scene storm);
  case "the address is in use" (scene in_use);
  case "the address is in use by a host that is slow to say so" (scene in_use_by_a_slow_one);
  case "the address is probed by another" (scene probed_by_two);
  case "every address is in use" (scene always_in_use);
  case "the address is defended" (scene defended);
  case "time to the first address" (scene boot_time);
  case "a pause longer than the lease" (scene (after_a_pause 650));
  case "a pause of a day" (scene (after_a_pause 86_400));
  case "a pause shorter than the lease" (scene short_pause);
  case "leases of a second" (scene tiny_leases);
  case "flows of an address that was lost" (scene old_flows)
