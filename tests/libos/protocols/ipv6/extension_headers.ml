(* packages: tcpip.ipv6 virtual-network ndp-simulation *)

(* Extension headers, fragments, and what is said of them. *)

open Case
open Ndp_host
open Ndp_fixture

let second = Duration.of_sec 1
let equal_int = equal string_of_int

(* {2 Options} *)

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
    Memory_size.set bytes;
    let h = started () in
    for id = 1 to 2000 do
      ignore (receive h (fragment_of ~id ~offset:0 ~more:true 17 (datagram 1000)))
    done;
    Memory_size.set (32 * 1024 * 1024);
    Ndp_context.Fragments.weight (context h).Ndp_context.fragments
  in
  let small = weight (8 * 1024 * 1024) and large = weight (64 * 1024 * 1024) in
  check "a large guest keeps more" (large > 4 * small);
  check "a 128th" (large <= 64 * 1024 * 1024 / 128)

let () =
  case "extension headers and what is said of them" extension_headers;
  case "complaints are few" few_complaints;
  case "fragments" fragments;
  case "fragments of others" fragments_of_others;
  case "fragments follow the memory" fragments_follow_memory
