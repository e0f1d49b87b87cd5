(* packages: tcpip.ipv6 virtual-network *)

(* Of each neighbour its state (RFC 4861, section 7.3), of all of them a bounded number; and
   packets as bytes. *)

open Case

let ip = Ipaddr.V6.of_string_exn
let mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x00%c" (Char.chr n))

let show_neighbour = function
  | Ndp_neighbour.Incomplete { solicits; _ } -> Printf.sprintf "incomplete, asked %d" solicits
  | Reachable _ -> "reachable"
  | Stale _ -> "stale"
  | Delay _ -> "delay"
  | Probe { solicits; _ } -> Printf.sprintf "probe, asked %d" solicits

let neighbour_states () =
  let one = mac 1 and two = mac 2 in
  let open Ndp_neighbour in
  let timing = Ndp_timing.default in
  let at = Duration.of_sec in
  let is what expected state = equal Fun.id what expected (show_neighbour state) in
  let told ~now t mac =
    let after = advertised timing ~now ~solicited:true ~override:false t mac in
    Option.value after ~default:t
  in
  let t = incomplete timing ~now:0L in
  let t, action = tick timing ~now:(at 1) t in
  is "asked again" "incomplete, asked 2" t;
  check "to all" (action = Multicast_solicit);
  let t = told ~now:(at 1) t (Some one) in
  is "answered" "reachable" t;
  is "used" "reachable" (packet_sent ~now:(at 30) t);
  let t = packet_sent ~now:(at 40) t in
  is "used" "delay" t;
  let t, action = tick timing ~now:(at 45) t in
  is "not confirmed" "probe, asked 1" t;
  check "asked itself" (match action with Unicast_solicit m -> Macaddr.compare m one = 0 | _ -> false);
  is "confirmed" "reachable" (told ~now:(at 46) t None);
  is "another address, no override" "probe, asked 1" (told ~now:(at 46) t (Some two));
  let changed =
    Option.get (advertised timing ~now:(at 46) ~solicited:false ~override:true t (Some two))
  in
  is "another address, override" "stale" changed;
  let unasked state = advertised timing ~now:(at 46) ~solicited:true ~override:true state (Some two) in
  let confirmed = told ~now:(at 46) t None in
  is "an answer that nobody asked for" "stale" (Option.get (unasked confirmed));
  is "once it is stale" "stale" (Option.get (unasked (Stale one)));
  is "while it is used" "stale" (Option.get (unasked (packet_sent ~now:(at 46) (Stale one))));
  let t, _ = tick timing ~now:(at 46) t in
  let t, _ = tick timing ~now:(at 47) t in
  check "forgotten" (snd (tick timing ~now:(at 48) t) = Delete)

let keep_none _ = false

let neighbours_are_bounded () =
  let add (cache : Ndp_cache.t) n =
    let dst = ip (Printf.sprintf "fe80::%x" n) in
    let unknown = Ndp_neighbour.incomplete Ndp_timing.default ~now:0L in
    let { Ndp_cache.cache; _ } = Ndp_cache.set cache ~keep:keep_none ~confirmed:false dst unknown in
    List.fold_left (fun c _ -> Ndp_cache.queue c dst (Cstruct.create 100)) cache [ 1; 2; 3; 4; 5; 6 ]
  in
  let empty = Ndp_cache.create ~bytes:(512 * 1024) in
  let cache = List.fold_left add empty (List.init 3000 (fun n -> n + 1)) in
  equal string_of_int "neighbours" (Ndp_cache.max_resolving cache) (Ndp_cache.size cache);
  let last = ip (Printf.sprintf "fe80::%x" 3000) in
  let told = Ndp_neighbour.unsolicited None (mac 1) in
  let change = Ndp_cache.set cache ~keep:keep_none ~confirmed:false last told in
  equal string_of_int "queued" Ndp_cache.max_queued (List.length change.released)

let header_vectors () =
  let packet = hex "60000000 0008 3a ff fe80000000000000 0000000000000001 ff02000000000000 0000000000000002 85007d36 00000000" in
  match Ipv6_packet.Unmarshal.of_cstruct packet with
  | Ok (header, payload) ->
      check "checksum" (Icmpv6_packet.checksum_ok ~src:header.src ~dst:header.dst payload);
      let expected = Icmpv6_packet.Router_solicitation None in
      (match Icmpv6_packet.parse ~hop_limit:header.hop_limit payload with
       | Ok found -> check "message" (Icmpv6_packet.equal expected found)
       | Error why -> failwith why);
      equal_bytes "marshalled" packet
        (Ndp_packets.icmp ~src:header.src ~dst:header.dst expected)
  | Error why -> failwith why

let extension_headers () =
  let content first bytes = Ipv6_packet.content ~first (hex bytes) in
  let transport = function Ok (Ipv6_packet.Transport (17, b)) -> Cstruct.length b | _ -> -1 in
  let is what expected found = equal string_of_int what expected (transport found) in
  is "hop by hop, destination" 2 (content 0 "3c00 0104 00000000 1100 0104 00000000 aabb");
  is "an option to skip" 2 (content 60 "1100 1e02 ffff 0100 aabb");
  is "an option to discard" (-1) (content 60 "1100 5e02 ffff 0100 aabb");
  is "a source route" (-1) (content 43 "1100 0001 00000000 aabb");
  is "a finished route" 2 (content 43 "1100 0000 00000000 aabb");
  is "cut off" (-1) (content 0 "3c01 0104 00000000");
  let many = String.concat "" (List.init 20 (fun _ -> "3c00 0104 00000000")) in
  is "too many" (-1) (content 60 many)

let () =
  case "neighbour states" neighbour_states;
  case "neighbours and queues are bounded" neighbours_are_bounded;
  case "header vectors" header_vectors;
  case "extension headers" extension_headers
