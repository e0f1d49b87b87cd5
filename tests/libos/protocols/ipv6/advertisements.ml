(* packages: tcpip.ipv6 virtual-network ndp-simulation *)

(* What a host does with the advertisements of routers. *)

open Case
open Ndp_host

let ip = Ipaddr.V6.of_string_exn
let prefix = Ipaddr.V6.Prefix.of_string_exn
let second = Duration.of_sec 1
let minute = Duration.of_min 1
let hour = Duration.of_hour 1
let own_mac = Macaddr.of_string_exn "52:54:00:00:00:01"
let mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x00%c" (Char.chr n))
let router n = ip (Printf.sprintf "fe80::%x" n)
let same a b = Ipaddr.V6.compare a b = 0
let outside = ip "2001:db8:f::1"
let net n = prefix (Printf.sprintf "2001:db8:%x::/64" n)
let address n = Ndp_packets.interface_address (net n) own_mac
let all_nodes = ip "ff02::1"

let started () =
  let h = create own_mac in
  wait h (Duration.of_sec 5);
  ignore (sent h);
  h

let information ?(on_link = true) ?(autonomous = true) ?(valid_s = 3600l) ?preferred_s prefix =
  let preferred_s = Option.value preferred_s ~default:valid_s in
  { Icmpv6_packet.prefix; on_link; autonomous; valid_s; preferred_s }

let advertise h ?(hop_limit = 255) ?src ?(from = 1) ?(lifetime_s = 1800) ?(preference = 0)
    ?(cur_hop_limit = 0) ?(retrans_ms = 0l) ?(reachable_ms = 0l) ?(options = Ndp_options.none)
    prefixes =
  let src = Option.value src ~default:(router from) in
  let ra =
    {
      Icmpv6_packet.hop_limit = cur_hop_limit;
      preference;
      router_lifetime_s = lifetime_s;
      reachable_ms;
      retrans_ms;
      options = { options with source = Some (mac from); prefixes };
    }
  in
  ignore (receive h (packet ~hop_limit ~src ~dst:all_nodes (Router_advertisement ra)))

let has h n = List.exists (same (address n)) (Ndpv6.get_ip (context h))
let routers h = Ndpv6.get_routers (context h)
let source h dst = Ndpv6.select_source (context h) dst

let goes_to h dst =
  match write h dst with
  | Now station -> Some (Char.code (Macaddr.to_octets station).[5])
  | Later _ | No_route _ -> None

let show_way = function None -> "nobody" | Some n -> string_of_int n
let way h expected = equal show_way "the way goes to" expected (goes_to h outside)

let answer_for h stations =
  let answer (s : sent) =
    match message s with
    | Some (Neighbour_solicitation { target; _ }) ->
        let is_it n = same (router n) target in
        List.find_opt is_it stations
        |> Option.iter (fun n ->
            let a =
              { Icmpv6_packet.router = true; solicited = true; override = true; about = target; mac = Some (mac n) }
            in
            let dst = (header s).src in
            ignore (receive h (packet ~src:target ~dst (Neighbour_advertisement a))))
    | _ -> ()
  in
  List.iter answer (sent h)

let pass h ns stations = wait h ns ~meanwhile:(fun () -> answer_for h stations)

(* {2 Routers} *)

let withdrawn () =
  let h = started () in
  way h None;
  advertise h [];
  way h (Some 1);
  advertise h [] ~lifetime_s:0;
  way h None;
  advertise h [] ~lifetime_s:30;
  way h (Some 1);
  pause h (Duration.of_sec 29);
  way h (Some 1);
  pause h second;
  way h None

let not_from_here () =
  let h = started () in
  advertise h [ information (net 1) ] ~hop_limit:64;
  advertise h [ information (net 1) ] ~src:(ip "2001:db8:1::1");
  advertise h [ information (net 1) ] ~src:Ipaddr.V6.unspecified;
  check "a router" (routers h = []);
  check "an address" (not (has h 1))

let next_one () =
  let h = started () in
  advertise h [] ~from:1;
  advertise h [] ~from:2;
  way h (Some 1);
  pass h (Duration.of_sec 10) [ 2 ];
  way h (Some 2);
  check "both are kept" (List.length (routers h) = 2);
  pass h (Duration.of_sec 10) [ 2 ];
  way h (Some 2)

let none_answers () =
  let h = started () in
  advertise h [] ~from:1;
  advertise h [] ~from:2;
  ignore (goes_to h outside);
  pass h (Duration.of_sec 20) [];
  ignore (goes_to h outside);
  pass h (Duration.of_sec 20) [];
  let asked () =
    match write h outside with Later ip -> ip | _ -> failwith "not asked for"
  in
  let first = asked () in
  pass h (Duration.of_sec 5) [];
  check "one is asked for ever" (not (same first (asked ())))

let preferred () =
  let h = started () in
  advertise h [] ~from:1 ~preference:(-1);
  advertise h [] ~from:2;
  advertise h [] ~from:3 ~preference:1;
  way h (Some 3);
  advertise h [] ~from:3 ~lifetime_s:0;
  way h (Some 2);
  let route = { Ndp_options.destination = prefix "2001:db8:f::/48"; preference = 0; lifetime_s = 60l } in
  advertise h [] ~from:1 ~preference:(-1) ~options:{ Ndp_options.none with routes = [ route ] };
  way h (Some 1);
  pause h minute;
  way h (Some 2)

let router_no_more () =
  let h = started () in
  advertise h [];
  let a =
    { Icmpv6_packet.router = false; solicited = false; override = true; about = router 1; mac = Some (mac 1) }
  in
  ignore (receive h (packet ~src:(router 1) ~dst:all_nodes (Neighbour_advertisement a)));
  way h None;
  change h (fun ~now c -> (Ndpv6.add_routers ~now c [ router 9 ], []));
  advertise h [] ~from:9 ~lifetime_s:0;
  check "a configured one is kept" (routers h = [ router 9 ])

let many_routers () =
  let h = started () in
  advertise h [] ~from:1;
  ignore (goes_to h outside);
  pass h (Duration.of_sec 10) [ 1 ];
  for n = 10 to 200 do
    advertise h [] ~from:n ~preference:1
  done;
  equal string_of_int "routers" Ndp_routes.max_routers (List.length (routers h));
  check "who answers stays" (List.exists (same (router 1)) (routers h))

(* {2 Prefixes and addresses} *)

let two_hours () =
  let h = started () in
  advertise h [ information (net 1) ~valid_s:86_400l ];
  advertise h [ information (net 1) ~valid_s:1l ];
  pause h (Int64.sub (Duration.of_hour 2) second);
  ignore (goes_to h outside);
  check "ended at once" (has h 1);
  pause h second;
  ignore (goes_to h outside);
  check "never ended" (not (has h 1))

let deprecated () =
  let h = started () in
  advertise h [ information (net 0xf) ~valid_s:3600l ~preferred_s:60l; information (net 1) ];
  let is_source what n = equal Ipaddr.V6.to_string what (address n) (source h outside) in
  is_source "the nearest" 0xf;
  wait h minute;
  is_source "not deprecated" 1;
  check "kept" (has h 0xf);
  advertise h [ information (net 0xf) ~valid_s:3600l ~preferred_s:60l ];
  is_source "preferred again" 0xf

let after_a_day () =
  let h = started () in
  advertise h [ information (net 1) ];
  pause h (Duration.of_day 1);
  let request = Icmpv6_packet.Echo_request (1l, Cstruct.create 8) in
  ignore (receive h (packet ~hop_limit:64 ~src:(router 1) ~dst:(address 1) request));
  check "answered from an address that is over"
    (List.for_all (fun s -> message s <> Some (Icmpv6_packet.Echo_reply (1l, Cstruct.create 8))) (sent h));
  check "kept" (not (has h 1));
  check "remembered as over" (Ndpv6.is_invalid (context h) (address 1))

let not_sensible () =
  let h = started () in
  let no what p =
    advertise h [ p ];
    check what (List.length (Ndpv6.get_ip (context h)) = 1)
  in
  no "of 63 bits" (information (prefix "2001:db8:2::/63"));
  no "preferred longer than valid" (information (net 2) ~valid_s:60l ~preferred_s:61l);
  no "link-local" (information (prefix "fe80::/64"));
  no "of groups" (information (prefix "ff05::/64"));
  no "over" (information (net 2) ~valid_s:0l);
  no "not autonomous" (information (net 2) ~autonomous:false);
  advertise h [ information (prefix "::/0") ~autonomous:false; information (prefix "ff00::/8") ];
  let on_link prefix = List.mem prefix (Ndpv6.get_prefix (context h)) in
  check "everything on the link" (not (on_link (prefix "::/0") || on_link (prefix "ff00::/8")));
  check "what makes sense" (on_link (net 2))

let configured_stay () =
  let h = started () in
  change h (fun ~now c ->
      let c = Ndpv6.add_prefix ~now c (net 1) in
      Ndpv6.add_ip ~now c (address 1));
  advertise h [ information (net 1) ~valid_s:7200l ];
  wait h (Duration.of_hour 3);
  check "address" (has h 1);
  check "prefix" (List.mem (net 1) (Ndpv6.get_prefix (context h)))

let many_prefixes () =
  let h = started () in
  advertise h [ information (net 1) ~valid_s:0xffff_ffffl ];
  for n = 2 to 200 do
    advertise h [ information (net n) ] ~from:2;
    wait h second
  done;
  check "another router's address is kept" (has h 1);
  check "bounded" (List.length (Ndpv6.get_ip (context h)) <= 1 + Ndp_addresses.max_addresses);
  equal string_of_int "prefixes" Ndp_routes.max_prefixes (List.length (Ndpv6.get_prefix (context h)))

(* {2 Parameters} *)

let parameters () =
  let h = started () in
  let mtu n =
    advertise h [] ~options:{ Ndp_options.none with mtu = Some n };
    Ndpv6.mtu (context h)
  in
  check "1279" (mtu 1279 = None);
  check "1400" (mtu 1400 = Some 1400);
  check "0" (mtu 0 = Some 1400);
  let hop_limit n =
    advertise h [] ~cur_hop_limit:n;
    Ndpv6.hop_limit (context h)
  in
  equal string_of_int "unspecified" 64 (hop_limit 0);
  equal string_of_int "one" 64 (hop_limit 1);
  equal string_of_int "128" 128 (hop_limit 128);
  advertise h [] ~retrans_ms:1l ~reachable_ms:0xffff_ffffl;
  let { Ndp_timing.retrans; base_reachable; _ } = (context h).Ndp_context.timing in
  check "a flood of questions" (retrans = second);
  check "never unreachable" (base_reachable = Duration.of_sec 30)

(* {2 Name servers} *)

let name_servers () =
  let h = started () in
  let tell ?from servers =
    advertise h [] ?from ~options:{ Ndp_options.none with name_servers = servers };
    List.filter_map
      (function Ndpv6.Name_servers (router, servers) -> Some (router, List.map fst servers) | _ -> None)
      (news h)
  in
  let a = ip "2001:db8::a" and b = ip "2001:db8::b" in
  check "two" (tell [ (a, 600l); (b, 600l) ] = [ (router 1, [ a; b ]) ]);
  check "one taken back" (tell [ (a, 0l) ] = [ (router 1, [ b ]) ]);
  check "the last, too" (tell [ (b, 0l) ] = [ (router 1, []) ]);
  check "a group" (tell [ (all_nodes, 600l) ] = []);
  check "for a while" (tell [ (a, 1l) ] = [ (router 1, [ a ]) ]);
  pause h minute;
  check "over" (tell [ (b, 600l) ] = [ (router 1, [ b ]) ]);
  let routers = List.init 20 (fun n -> tell ~from:(n + 2) [ (a, 600l) ]) in
  check "of too many routers the oldest goes"
    (List.exists (fun changes -> List.mem (router 1, []) changes) routers)

(* {2 Solicitations} *)

let solicitations h =
  List.filter_map
    (fun s -> match message s with Some (Router_solicitation _) -> Some s.at | _ -> None)
    (sent h)

let back_off () =
  let h = create own_mac in
  wait h hour;
  let times = solicitations h in
  let rec gaps = function a :: (b :: _ as rest) -> Int64.sub b a :: gaps rest | _ -> [] in
  check "at once" (List.hd times = 0L);
  check "four seconds" (List.hd (gaps times) = Duration.of_sec 4);
  let rec grows = function
    | a :: (b :: _ as rest) -> Int64.to_float b > 1.7 *. Int64.to_float a && grows rest
    | _ -> true
  in
  check "each gap about twice as long" (grows (gaps times));
  check "few" (List.length times <= 12);
  wait h (Duration.of_day 1);
  let later = List.length (solicitations h) in
  check (Printf.sprintf "%d in a day" later) (later >= 20 && later <= 28)

let until_there_is_one () =
  let h = started () in
  advertise h [] ~lifetime_s:0;
  wait h minute;
  check "a router without lifetime is none" (solicitations h <> []);
  advertise h [];
  pass h (Duration.of_min 29) [ 1 ];
  check "none is needed" (solicitations h = []);
  wait h (Duration.of_min 2);
  check "the last one is over" (solicitations h <> [])

let comes_and_goes () =
  let h = started () in
  for _ = 1 to 1000 do
    advertise h [];
    advertise h [] ~lifetime_s:0;
    wait h (Duration.of_ms 10)
  done;
  let asked = List.length (solicitations h) in
  check (Printf.sprintf "%d solicitations in 10 s" asked) (asked <= 4)

let idle () =
  let h = started () in
  advertise h [ information (net 1) ~valid_s:0xffff_ffffl ] ~lifetime_s:65_535;
  wait h minute;
  let woken = ref 0 in
  wait h hour ~meanwhile:(fun () -> incr woken);
  equal string_of_int "woken up in an hour" 0 !woken

let () =
  case "a router comes and goes" withdrawn;
  case "advertisements from elsewhere" not_from_here;
  case "the next router when one does not answer" next_one;
  case "routers in turn when none answers" none_answers;
  case "preferences and routes" preferred;
  case "a router that is none any more" router_no_more;
  case "too many routers" many_routers;
  case "two hours" two_hours;
  case "deprecated addresses" deprecated;
  case "a day's pause" after_a_day;
  case "prefixes that make no sense" not_sensible;
  case "what is configured stays" configured_stay;
  case "too many prefixes" many_prefixes;
  case "MTU, hop limit, times" parameters;
  case "name servers" name_servers;
  case "solicitations back off" back_off;
  case "solicitations until there is a router" until_there_is_one;
  case "solicitations while routers come and go" comes_and_goes;
  case "an idle host is idle" idle
