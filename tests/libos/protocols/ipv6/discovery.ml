(* packages: tcpip.ipv6 virtual-network ndp-simulation *)

(* Neighbour discovery and multicast listener discovery, message by message. *)

open Case
open Ndp_host

let ip = Ipaddr.V6.of_string_exn
let prefix = Ipaddr.V6.Prefix.of_string_exn
let second = Duration.of_sec 1
let ms = Duration.of_ms
let mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x00%c" (Char.chr n))
let own_mac = Macaddr.of_string_exn "52:54:00:00:00:01"
let own_link_local = Ndp_packets.link_local own_mac
let static = ip "fd09::2"
let peer = ip "fd09::99"
let router = ip "fe80::1"
let all_nodes = ip "ff02::1"
let group = Ndp_packets.solicited_node
let same a b = Ipaddr.V6.compare a b = 0
let equal_ip = equal Ipaddr.V6.to_string
let equal_int = equal string_of_int

(* As the guest ocaml_net_ipv6, when nobody has objected to its addresses. *)
let started ?(settle = true) () =
  let h = create own_mac in
  change h (fun ~now context ->
      let context = Ndpv6.add_prefix ~now context (prefix "fd09::/64") in
      Ndpv6.add_ip ~now context static);
  if settle then begin
    wait h (Duration.of_sec 5);
    ignore (sent h)
  end;
  h

let messages h = List.filter_map (fun s -> Option.map (fun m -> (s, m)) (message s)) (sent h)

let asked h =
  List.filter_map
    (function s, Icmpv6_packet.Neighbour_solicitation { target; sender; _ } -> Some (s, target, sender) | _ -> None)
    (messages h)

let advertised h =
  List.filter_map
    (function s, Icmpv6_packet.Neighbour_advertisement a -> Some (s, a) | _ -> None)
    (messages h)

let reported h = List.map (fun s -> (s.at, reports s)) (sent h) |> List.filter (fun (_, r) -> r <> [])
let frame text = Cstruct.shift (hex text) 14
let quiet what h = equal_int what 0 (List.length (sent h))

(* {2 Multicast listener discovery} *)

let router_alert = hex "3a00 0502 0000 0100"

let general_query =
  "33330000000102aa0000000186dd6000000000240001fe800000000000000000000000000001ff02000000000000\
   00000000000000013a00050200000100820079be03e8000000000000000000000000000000000000027d0000"

let query ?(hop_limit = 1) ?(src = router) ?(alert = true) ?dst ?(code = 1000) ?(version = 2)
    ?(sources = []) ?(qqic = 125) asked =
  let dst = Option.value dst ~default:(if same asked Ipaddr.V6.unspecified then all_nodes else asked) in
  let octets ip = Cstruct.of_string (Ipaddr.V6.to_octets ip) in
  let tail = Cstruct.create 4 in
  Cstruct.set_uint8 tail 0 2;
  Cstruct.set_uint8 tail 1 qqic;
  Cstruct.BE.set_uint16 tail 2 (List.length sources);
  let more = if version = 1 then [] else tail :: List.map octets sources in
  let rest = Int32.shift_left (Int32.of_int code) 16 in
  let message = Icmpv6_packet.Other (130, 0, rest, Cstruct.concat (octets asked :: more)) in
  let before = if alert then Some (router_alert, 0) else None in
  packet ~hop_limit ?before ~src ~dst message

let to_all = Ipaddr.V6.unspecified
let own_groups = List.sort compare [ group static; group own_link_local ]

(* Of every report: when, and its records. *)
let answers_to h query =
  let at = now h in
  ignore (receive h query);
  wait h (Duration.of_sec 20);
  List.map (fun (when_, r) -> (Int64.sub when_ at, r)) (reported h)

let general () =
  let h = started () in
  match answers_to h (frame general_query) with
  | [ (after, records) ] ->
      check "later than a second" (after <= second);
      check "an existing state of each group"
        (List.sort compare records = List.map (fun g -> (g, 2)) own_groups)
  | reports -> failwith (Printf.sprintf "%d reports" (List.length reports))

let at_random () =
  let after _ =
    let h = create own_mac in
    wait h (Duration.of_sec 5);
    ignore (sent h);
    match answers_to h (query to_all ~code:10_000) with
    | [ (after, _) ] -> after
    | reports -> failwith (Printf.sprintf "%d reports" (List.length reports))
  in
  let all = List.init 200 after in
  let between low high = List.exists (fun at -> at >= Duration.of_sec low && at < Duration.of_sec high) all in
  check "within ten seconds" (List.for_all (fun at -> at <= Duration.of_sec 10) all);
  check "all over the time" (between 0 2 && between 4 6 && between 8 10)

let of_groups () =
  let h = started () in
  let records query = List.concat_map snd (answers_to h query) in
  let what query = List.map snd (records query) in
  equal_int "of a group" 1 (List.length (records (query (group static))));
  check "its state" (what (query (group static)) = [ 2 ]);
  check "of sources of a group" (what (query (group static) ~sources:[ peer; static ]) = [ 1 ]);
  check "of a group that nobody here listens to" (records (query (ip "ff02::1:ff11:1111")) = []);
  check "to the host itself" (List.length (records (query to_all ~dst:static)) = 2)

let not_queries () =
  let h = started () in
  let ignored what query = check what (answers_to h query = []) in
  ignored "without router alert" (query to_all ~alert:false);
  ignored "from another network" (query to_all ~src:peer);
  ignored "from nobody" (query to_all ~src:Ipaddr.V6.unspecified);
  ignored "from further away" (query to_all ~hop_limit:255);
  let damaged = query to_all in
  Cstruct.set_uint8 damaged 60 0x55;
  ignored "with a wrong checksum" damaged;
  let cut = query to_all in
  let shorter = Cstruct.sub cut 0 (Cstruct.length cut - 2) in
  Cstruct.BE.set_uint16 shorter 4 (Cstruct.length shorter - 40);
  ignored "cut off" shorter;
  let many = query (group static) ~sources:[ peer ] in
  Cstruct.BE.set_uint16 many 74 1000;
  ignored "more sources than there are" many

let joining () =
  let h = create own_mac in
  let reports = reported h in
  check "at once" (match reports with [ (0L, [ (g, 4) ]) ] -> same g (group own_link_local) | _ -> false);
  wait h (Duration.of_sec 10);
  let again = reported h in
  check "again: robustness" (List.length again >= 1);
  check "with an address that routers believe"
    (List.exists (fun (_, r) -> r = [ (group own_link_local, 4) ]) again);
  change h (fun ~now c -> Ndpv6.add_ip ~now c static);
  wait h (Duration.of_sec 10);
  let joined = reported h in
  equal_int "an address more: twice" 2 (List.length joined);
  check "the new group alone" (List.for_all (fun (_, r) -> r = [ (group static, 4) ]) joined)

let from_link_local () =
  let h = create own_mac in
  wait h (Duration.of_sec 10);
  let source s = if reports s = [] then None else Some (header s).src in
  let sources = List.filter_map source (sent h) in
  check "first from nobody" (same (List.hd sources) Ipaddr.V6.unspecified);
  check "in the end from the link-local address"
    (same (List.nth sources (List.length sources - 1)) own_link_local)

let version_1 () =
  let h = started () in
  let reports = List.concat_map snd (answers_to h (query to_all ~version:1)) in
  check "a report of version 1 each"
    (List.sort compare reports = List.map (fun g -> (g, 131)) own_groups);
  check "version 2 is asked, version 1 answers"
    (List.for_all (fun (_, ty) -> ty = 131) (List.concat_map snd (answers_to h (query to_all))));
  let another = packet ~hop_limit:1 ~before:(router_alert, 0) ~src:(ip "fe80::77") ~dst:(group static)
      (Other (131, 0, 0l, Cstruct.of_string (Ipaddr.V6.to_octets (group static))))
  in
  ignore (receive h (query to_all ~version:1 ~code:10_000));
  ignore (receive h another);
  wait h (Duration.of_sec 20);
  let said = List.concat_map snd (reported h) in
  check "what another has reported is not repeated" (said = [ (group own_link_local, 131) ]);
  wait h (Duration.of_sec 400);
  check "version 2 again"
    (List.for_all (fun (_, ty) -> ty = 2) (List.concat_map snd (answers_to h (query to_all))))

let leaving () =
  let one = group static and two = group peer in
  let random _ = 0L in
  let listen now groups t = Mld_listener.listen t ~now groups in
  let t = listen 0L [ one; two ] Mld_listener.empty in
  let rec drain now t said =
    let at = Mld_listener.deadline t in
    if at = Ndp_timing.never then (t, List.rev said)
    else
      let now = max now at in
      let t, reports = Mld_listener.advance t ~now ~random in
      drain now t (List.rev_append reports said)
  in
  let t, joined = drain 0L t [] in
  equal_int "joined, twice" 2 (List.length joined);
  let t, left = drain second (listen second [ one ] t) [] in
  check "left, twice" (left = List.init 2 (fun _ -> Mld_packet.Report_2 [ (two, To_include) ]));
  check "no member any more" (Mld_listener.groups t = [ one ]);
  let t = listen second [ one; two ] (listen second [ one ] t) in
  check "back again" (snd (drain second t []) = List.init 2 (fun _ -> Mld_packet.Report_2 [ (two, To_exclude) ]))

let flood_of_queries () =
  let h = started () in
  for _ = 1 to 1000 do
    ignore (receive h (query to_all ~code:0));
    ignore (receive h (query (group static) ~code:0 ~sources:[ peer ]));
    wait h (ms 1)
  done;
  let reports = List.length (reported h) in
  check (Printf.sprintf "%d reports" reports) (reports >= 4 && reports <= 12)

(* {2 Neighbours that ask} *)

let ns ?(hop_limit = 255) ?(src = peer) ?dst ?(target = static) ?nonce sender =
  let dst = Option.value dst ~default:target in
  packet ~hop_limit ~src ~dst (Neighbour_solicitation { target; sender; nonce })

let na ?(hop_limit = 255) ?(about = peer) ?(dst = static) ?(router = false) ?(solicited = true)
    ?(override = true) ?mac () =
  packet ~hop_limit ~src:about ~dst
    (Neighbour_advertisement { router; solicited; override; about; mac })

let unicast_ns =
  "52540000000102aa0000000186dd6000000000183afffd090000000000000000000000000099fd09000000000000\
   0000000000000002870080f200000000fd090000000000000000000000000002"

let without_option () =
  let h = started () in
  ignore (receive h (frame unicast_ns));
  (match asked h with
  | [ (_, target, Some sender) ] ->
      equal_ip "the sender is asked for" peer target;
      check "with our station" (Macaddr.compare sender own_mac = 0)
  | _ -> failwith "the sender is not asked for");
  ignore (receive h (na ~mac:(mac 9) ()));
  match advertised h with
  | [ (s, a) ] ->
      check "to its station" (Macaddr.compare s.station (mac 9) = 0);
      equal_ip "to it" peer (header s).dst;
      equal_ip "about us" static a.about;
      check "solicited, override" (a.solicited && a.override && not a.router)
  | _ -> failwith "not answered"

let with_option () =
  let h = started () in
  ignore (receive h (ns (Some (mac 9)) ~dst:(group static)));
  match advertised h with
  | [ (s, a) ] ->
      check "to its station" (Macaddr.compare s.station (mac 9) = 0);
      check "with ours" (a.mac = Some own_mac && a.solicited)
  | _ -> failwith "not answered"

let who_detects () =
  let h = started () in
  let nobody = Ipaddr.V6.unspecified in
  ignore (receive h (ns None ~src:nobody ~dst:(group static)));
  (match advertised h with
  | [ (s, a) ] ->
      equal_ip "to all" all_nodes (header s).dst;
      check "unsolicited, override" ((not a.solicited) && a.override)
  | _ -> failwith "not answered");
  ignore (receive h (ns None ~src:nobody ~dst:static));
  ignore (receive h (ns (Some (mac 9)) ~src:nobody ~dst:(group static)));
  quiet "asked in a wrong way" h;
  check "kept" (List.exists (same static) (Ndpv6.get_ip (context h)))

let not_solicitations () =
  let h = started () in
  let ignored what p =
    ignore (receive h p);
    quiet what h
  in
  ignored "from elsewhere" (ns (Some (mac 9)) ~hop_limit:254);
  ignored "of a target that is not here" (ns (Some (mac 9)) ~target:(ip "fd09::3") ~dst:static);
  ignored "of a group" (ns (Some (mac 9)) ~target:(group static) ~dst:static);
  let changed at v =
    let p = ns (Some (mac 9)) in
    Cstruct.set_uint8 p at v;
    Cstruct.BE.set_uint16 p 42 0;
    let { Ipv6_packet.src; dst; _ }, b = Result.get_ok (Ipv6_packet.Unmarshal.of_cstruct p) in
    let pseudo = Ipv6_packet.Marshal.pseudoheader ~src ~dst ~proto:58 (Cstruct.length b) in
    Cstruct.BE.set_uint16 p 42 (Tcpip_checksum.ones_complement_list [ pseudo; b ]);
    p
  in
  check "the change of nothing is answered" (receive h (changed 64 1) = [] && advertised h <> []);
  ignored "an option of length 0" (changed 65 0);
  ignored "an option cut off" (changed 65 2);
  ignored "with a code" (changed 41 1);
  let damaged = ns (Some (mac 9)) in
  Cstruct.set_uint8 damaged 42 (Cstruct.get_uint8 damaged 42 lxor 1);
  ignored "with a wrong checksum" damaged;
  let whole = ns (Some (mac 9)) in
  let head, rest = Cstruct.split whole 40 in
  let fragmented = Cstruct.concat [ head; hex "3a00 0000 00000001"; rest ] in
  Cstruct.set_uint8 fragmented 6 44;
  Cstruct.BE.set_uint16 fragmented 4 (8 + Cstruct.length rest);
  ignored "in a fragment" fragmented

let a_group_as_station () =
  let h = started () in
  ignore (receive h (ns (Some (Macaddr.of_string_exn "33:33:00:00:00:01")) ~dst:(group static)));
  check "the option is not believed" (List.length (asked h) = 1)

(* {2 Neighbours that answer} *)

let known h =
  ignore (write h peer);
  ignore (receive h (na ~mac:(mac 9) ()));
  ignore (sent h)

let goes_to h expected =
  match write h peer with
  | Now station -> check "another station" (Macaddr.compare station expected = 0)
  | _ -> failwith "not known"

let flags () =
  let h = started () in
  known h;
  goes_to h (mac 9);
  ignore (receive h (na ~mac:(mac 8) ~override:false ~solicited:false ()));
  goes_to h (mac 9);
  ignore (receive h (na ~mac:(mac 8) ~solicited:false ()));
  goes_to h (mac 8);
  ignore (receive h (na ~mac:(mac 7) ~dst:all_nodes ()));
  goes_to h (mac 8);
  ignore (receive h (na ~about:(ip "fd09::77") ~mac:(mac 7) ()));
  ignore (sent h);
  check "told without being asked for"
    (match write h (ip "fd09::77") with Later _ -> true | _ -> false)

let unreachability () =
  let h = started () in
  known h;
  wait h (Duration.of_sec 60);
  check "who is not used is asked" (asked h = []);
  goes_to h (mac 9);
  wait h (ms 4999);
  check "asked before the delay" (asked h = []);
  wait h (Duration.of_sec 3);
  let asked = asked h in
  equal_int "asked" 3 (List.length asked);
  check "itself" (List.for_all (fun (s, _, _) -> Macaddr.compare s.station (mac 9) = 0) asked);
  goes_to h (mac 9);
  wait h (Duration.of_sec 2);
  check "forgotten" (match write h peer with Later _ -> true | _ -> false)

(* {2 Duplicates} *)

let question h =
  List.find_map
    (function
      | (s : sent), Icmpv6_packet.Neighbour_solicitation { target; nonce; _ } when same (header s).src Ipaddr.V6.unspecified ->
          Some (s, target, nonce)
      | _ -> None)
    (messages h)

let our_own_question () =
  let h = started ~settle:false () in
  match question h with
  | Some (s, target, Some _) ->
      ignore (receive h s.packet);
      wait h (Duration.of_sec 2);
      check "kept" (List.exists (same target) (Ndpv6.get_ip (context h)))
  | _ -> failwith "no question with a nonce"

let somebody_else () =
  let h = started ~settle:false () in
  ignore (receive h (ns None ~src:Ipaddr.V6.unspecified ~dst:(group static) ~nonce:"abcdef"));
  check "kept" (not (List.exists (same static) (Ndpv6.get_ip (context h))));
  wait h (Duration.of_sec 30);
  check "used again at once" (not (List.exists (same static) (Ndpv6.get_ip (context h))));
  wait h (Duration.of_sec 40);
  check "not tried again" (List.exists (same static) (Ndpv6.get_ip (context h)))

let another_interface_id () =
  let h = create own_mac in
  ignore (receive h (na ~about:own_link_local ~dst:all_nodes ~solicited:false ~mac:(mac 9) ()));
  check "kept" (not (List.exists (same own_link_local) (Ndpv6.get_ip (context h))));
  (match question h with
  | Some _ -> ()
  | None -> failwith "no question");
  wait h (Duration.of_sec 2);
  match Ndpv6.get_ip (context h) with
  | [ other ] ->
      check "on the link" (Ipaddr.V6.Prefix.mem other Ipaddr.V6.Prefix.link);
      check "another one" (not (same other own_link_local))
  | _ -> failwith "no other address"

let says_nothing_of_itself () =
  let h = started ~settle:false () in
  ignore (sent h);
  ignore (write h peer);
  check "an optimistic address with a station"
    (List.for_all (fun (_, _, sender) -> sender = None) (asked h));
  wait h (Duration.of_sec 2);
  check "no station ever" (List.exists (fun (_, _, sender) -> sender <> None) (asked h))

(* {2 Extension headers} *)

let udp_behind kind bytes dst =
  let parts = [ hex bytes; hex "1388 0007 0008 0000" ] in
  let payload_len = Cstruct.lenv parts in
  let header = { Ipv6_packet.src = peer; dst; hop_limit = 64; next_header = kind } in
  Cstruct.concat (Ipv6_packet.Marshal.make_cstruct ~payload_len header :: parts)

let complaints h =
  List.filter_map
    (function _, Icmpv6_packet.Other (4, code, pointer, _) -> Some (code, Int32.to_int pointer) | _ -> None)
    (messages h)

let show_complaints list =
  String.concat " " (List.map (fun (code, at) -> Printf.sprintf "%d@%d" code at) list)

let extension_headers () =
  let h = started () in
  known h;
  let says what ?(dst = static) kind bytes expected =
    check what (receive h (udp_behind kind bytes dst) = []);
    equal show_complaints what expected (complaints h);
    wait h second
  in
  let passes what kind bytes =
    check what (List.length (receive h (udp_behind kind bytes static)) = 1)
  in
  passes "hop by hop" 0 "1100 0104 00000000";
  passes "destination options" 60 "1100 0104 00000000";
  passes "a route that is over" 43 "1100 0400 00000000";
  passes "an option to skip" 60 "1100 1e02 0000 0100";
  says "a route" 43 "1100 0401 00000000" [ (0, 42) ];
  says "an option to drop" 60 "1100 5e02 0000 0100" [];
  says "an option to complain of" 60 "1100 9e02 0000 0100" [ (2, 42) ];
  says "an option to complain of to one" 60 "1100 0100 de02 0000" [ (2, 44) ];
  says "the same, to a group" ~dst:all_nodes 60 "1100 0100 de02 0000" [];
  says "to a group, too" ~dst:all_nodes 60 "1100 9e02 0000 0100" [ (2, 42) ];
  says "hop by hop in the middle" 60 "0000 0104 00000000 1100 0104 00000000" [ (1, 40) ];
  says "an option cut off" 60 "1100 0109 00000000" []

let few_complaints () =
  let h = started () in
  known h;
  for _ = 1 to 1000 do
    ignore (receive h (udp_behind 43 "1100 0401 00000000" static))
  done;
  equal_int "complaints" Ndp_context.errors_per_second (List.length (complaints h))

(* {2 Fragments} *)

let fragment_of ?(src = peer) ?(id = 7) ~offset ~more protocol payload =
  let head = Cstruct.create 8 in
  Cstruct.set_uint8 head 0 protocol;
  Cstruct.BE.set_uint16 head 2 (offset lor Bool.to_int more);
  Cstruct.BE.set_uint32 head 4 (Int32.of_int id);
  let parts = [ head; payload ] in
  let header = { Ipv6_packet.src; dst = static; hop_limit = 64; next_header = 44 } in
  Cstruct.concat
    (Ipv6_packet.Marshal.make_cstruct ~payload_len:(Cstruct.lenv parts) header :: parts)

let datagram bytes = Cstruct.append (hex "1388 0007 0000 0000") (Cstruct.create bytes)

let fragments () =
  let h = started () in
  known h;
  let arrives ?id ~offset ~more ?(protocol = 17) b = receive h (fragment_of ?id ~offset ~more protocol b) in
  check "a fragment alone" (List.length (arrives ~offset:0 ~more:false (datagram 8)) = 1);
  check "a first one" (arrives ~offset:0 ~more:true (datagram 8) = []);
  check "both" (List.length (arrives ~offset:16 ~more:false (Cstruct.create 5)) = 1);
  ignore (arrives ~id:8 ~offset:0 ~more:true (datagram 8));
  ignore (arrives ~id:8 ~offset:8 ~more:true (Cstruct.of_string (String.make 16 'x')));
  check "an overlap" (arrives ~id:8 ~offset:16 ~more:false (Cstruct.create 5) = []);
  ignore (sent h);
  check "half a header" (arrives ~id:9 ~offset:0 ~more:true ~protocol:6 (datagram 8) = []);
  equal show_complaints "of the chain" [ (3, 0) ] (complaints h);
  ignore (arrives ~id:10 ~offset:0 ~more:true (datagram 7));
  equal show_complaints "of the length" [ (0, 4) ] (complaints h);
  ignore (arrives ~id:11 ~offset:65_528 ~more:false (datagram 8));
  equal show_complaints "of the end" [ (0, 42) ] (complaints h);
  let inner = Cstruct.append (hex "1100 0000 00000001") (datagram 8) in
  check "a fragment in a fragment" (arrives ~id:12 ~offset:0 ~more:false ~protocol:44 inner = [])

let fragments_of_others () =
  let h = started () in
  let one = ip "fd09::1:1" in
  check "the first one" (receive h (fragment_of ~src:one ~offset:0 ~more:true 17 (datagram 8)) = []);
  for id = 1 to 2000 do
    ignore (receive h (fragment_of ~id ~offset:0 ~more:true 17 (datagram 1000)))
  done;
  let last = fragment_of ~src:one ~offset:16 ~more:false 17 (Cstruct.create 5) in
  check "a flood from another" (List.length (receive h last) = 1)

let fragments_follow_memory () =
  let weight bytes =
    Memory_size.tell bytes;
    let h = started () in
    for id = 1 to 2000 do
      ignore (receive h (fragment_of ~id ~offset:0 ~more:true 17 (datagram 1000)))
    done;
    Memory_size.tell (32 * 1024 * 1024);
    Ndp_context.Fragments.weight (context h).Ndp_context.fragments
  in
  let small = weight (8 * 1024 * 1024) and large = weight (64 * 1024 * 1024) in
  check "a large guest keeps more" (large > 4 * small);
  check "a 128th" (large <= 64 * 1024 * 1024 / 128)

(* {2 Accessors under MirageOS 3.9's names} *)

let accessors () =
  let open Ipv6_wire in
  let octets = Ipaddr.V6.to_octets static in
  let packet = na ~about:peer ~router:true ~override:false ~mac:(mac 9) () in
  equal Fun.id "copy_ipv6_dst" octets (copy_ipv6_dst packet);
  equal_bytes "get_ipv6_dst" (Cstruct.of_string octets) (get_ipv6_dst packet);
  set_ipv6_src octets 0 packet;
  equal_ip "set_ipv6_src" static (Ipv6_layout.source packet);
  equal_int "hop limit" 255 (get_ipv6_hlim packet);
  let b = Cstruct.shift packet sizeof_ipv6 in
  equal_int "type" 136 (get_na_ty b);
  check "flags" (get_na_router b && get_na_solicited b && not (get_na_override b));
  equal Fun.id "copy_na_target" (Ipaddr.V6.to_octets peer) (copy_na_target b);
  set_ns_target octets 0 b;
  equal_bytes "get_ns_target" (Cstruct.of_string octets) (get_ns_target b);
  let option = Cstruct.shift b sizeof_na in
  check "llopt" (get_llopt_ty option = 2 && get_llopt_len option = 1);
  equal Fun.id "copy_llopt_addr" (Macaddr.to_octets (mac 9)) (copy_llopt_addr option);
  let ping = hex "8000 1234 0007 0008" in
  check "pingv6" (get_pingv6_id ping = 7 && get_pingv6_seq ping = 8 && get_pingv6_csum ping = 0x1234);
  let information = hex "0304 40 c0 00000001 00000002 00000000 20010db8000000000000000000000000" in
  check "opt_prefix"
    (get_opt_prefix_on_link information
    && get_opt_prefix_autonomous information
    && get_opt_prefix_prefix_len information = 64
    && get_opt_prefix_valid_lifetime information = 1l
    && get_opt_prefix_preferred_lifetime information = 2l
    && String.sub (copy_opt_prefix_prefix information) 0 4 = "\x20\x01\x0d\xb8");
  let ra = hex "8600 0000 40 00 0708 00000001 00000002" in
  check "ra"
    (get_ra_cur_hop_limit ra = 64
    && get_ra_router_lifetime ra = 1800
    && get_ra_reachable_time ra = 1l
    && get_ra_retrans_timer ra = 2l)

let () =
  case "Ipv6_wire" accessors;
  case "MLD: a general query is answered" general;
  case "MLD: at random within the delay" at_random;
  case "MLD: queries of groups and sources" of_groups;
  case "MLD: what is no query" not_queries;
  case "MLD: joining, twice" joining;
  case "MLD: from the link-local address" from_link_local;
  case "MLD: version 1" version_1;
  case "MLD: leaving" leaving;
  case "MLD: a flood of queries" flood_of_queries;
  case "a solicitation without the sender's station" without_option;
  case "a solicitation with it" with_option;
  case "who detects duplicates is told" who_detects;
  case "what is no solicitation" not_solicitations;
  case "a group is no station" a_group_as_station;
  case "flags of advertisements" flags;
  case "unreachability: delay, probes, end" unreachability;
  case "our own question sent back" our_own_question;
  case "an address that somebody else tries, too" somebody_else;
  case "another interface identifier" another_interface_id;
  case "an optimistic address changes no cache" says_nothing_of_itself;
  case "extension headers and what is said of them" extension_headers;
  case "complaints are few" few_complaints;
  case "fragments" fragments;
  case "fragments of others" fragments_of_others;
  case "fragments follow the memory" fragments_follow_memory
