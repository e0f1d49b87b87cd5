(* packages: tcpip.ipv6 virtual-network ndp-simulation *)

(* Multicast listener discovery, message by message. *)

open Case
open Ndp_host
open Ndp_fixture

let second = Duration.of_sec 1
let ms = Duration.of_ms
let equal_int = equal string_of_int
let reported h = List.map (fun s -> (s.at, reports s)) (sent h) |> List.filter (fun (_, r) -> r <> [])
let frame text = Cstruct.shift (hex text) 14

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

let () =
  case "MLD: a general query is answered" general;
  case "MLD: at random within the delay" at_random;
  case "MLD: queries of groups and sources" of_groups;
  case "MLD: what is no query" not_queries;
  case "MLD: joining, twice" joining;
  case "MLD: from the link-local address" from_link_local;
  case "MLD: version 1" version_1;
  case "MLD: leaving" leaving;
  case "MLD: a flood of queries" flood_of_queries
