(* packages: tcpip.ipv6 virtual-network ndp-simulation *)

(* Neighbour discovery, message by message. *)

open Case
open Ndp_host
open Ndp_fixture

let ms = Duration.of_ms
let equal_int = equal string_of_int
let frame text = Cstruct.shift (hex text) 14
let quiet what h = equal_int what 0 (List.length (sent h))

(* {2 Neighbours that ask} *)

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

let () =
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
  case "an optimistic address changes no cache" says_nothing_of_itself
