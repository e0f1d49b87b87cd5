(* packages: tcpip.ipv4 tcpip.icmpv4 tcpip.udp virtual-network *)

(* IPv4: known bytes, checksums, and reassembly in any order. *)

open Case

let ip = Ipaddr.V4.of_string_exn

(* {2 Known bytes} *)

(* A header whose checksum, b861, is known, before 95 bytes of payload. *)
let header_vector () =
  let head = hex "45000073 00004000 4011b861 c0a80001 c0a800c7" in
  match Ipv4_packet.Unmarshal.of_cstruct (Cstruct.append head (Cstruct.create 95)) with
  | Error why -> failwith why
  | Ok (header, payload) ->
      equal string_of_int "ttl" 64 header.ttl;
      equal string_of_int "off" Ipv4_wire.dont_fragment header.off;
      equal Ipaddr.V4.to_string "source" (ip "192.168.0.1") header.src;
      equal Ipaddr.V4.to_string "destination" (ip "192.168.0.199") header.dst;
      equal string_of_int "payload" 95 (Cstruct.length payload);
      equal_bytes "marshalled" head (Ipv4_packet.Marshal.make_cstruct ~payload_len:95 header)

let echo_vector () =
  match Icmpv4_packet.Unmarshal.of_cstruct (hex "0800f7f6 00050004") with
  | Ok (({ ty = Echo_request; code = 0; subheader = Id_and_seq (5, 4) } as header), rest) ->
      check "payload" (Cstruct.is_empty rest);
      equal_bytes "marshalled" (hex "0800f7f6 00050004")
        (Icmpv4_packet.Marshal.make_cstruct header ~payload:rest)
  | Ok _ -> failwith "another message"
  | Error why -> failwith why

let names () =
  let open Icmpv4_wire in
  let show = function Some v -> ty_to_string v | None -> "none" in
  equal show "by name" (Some Echo_request) (string_to_ty "Echo_request");
  equal show "no such name" None (string_to_ty "echo");
  check "reasons by name" (string_to_unreachable_reason "Port_unreachable" = Some Port_unreachable);
  check "by number" (compare_ty Echo_reply Redirect < 0 && compare_ty Redirect Redirect = 0);
  check "reasons by number" (compare_unreachable_reason Would_fragment Host_unreachable > 0)

let dumps () =
  let dumped dump bytes =
    let buffer = Buffer.create 100 in
    dump buffer (hex bytes);
    String.concat "" (String.split_on_char ' ' (String.trim (Buffer.contents buffer)))
  in
  let udp = dumped Udp_wire.hexdump_udp_to_buffer "c000003500100000ffff" in
  equal Fun.id "of UDP" "c000003500100000" udp;
  let icmp = dumped Icmpv4_wire.hexdump_icmpv4_to_buffer "0800f7f600050004ffff" in
  equal Fun.id "of ICMP" "0800f7f600050004" icmp

(* The example of RFC 1071, section 3. *)
let checksum_vector () =
  equal string_of_int "sum" 0xddf2 (Tcpip_checksum.sum 0 (hex "0001f203f4f5f6f7"));
  equal string_of_int "of nothing" 0xffff (Tcpip_checksum.ones_complement Cstruct.empty)

let slow_sum b =
  let sum = ref 0 in
  for i = 0 to Cstruct.length b - 1 do
    let byte = Cstruct.get_uint8 b i in
    sum := !sum + if i land 1 = 0 then byte lsl 8 else byte
  done;
  while !sum > 0xffff do
    sum := (!sum land 0xffff) + (!sum lsr 16)
  done;
  !sum

let checksum_agrees () =
  for length = 0 to 600 do
    let b = Cstruct.shift (Seeded.bytes (length + 7)) 7 in
    equal string_of_int (string_of_int length) (slow_sum b) (Tcpip_checksum.sum 0 b)
  done;
  let ones = Cstruct.create 65_535 in
  Cstruct.memset ones 0xff;
  equal string_of_int "all ones" (slow_sum ones) (Tcpip_checksum.sum 0 ones)

let checksum_of_pieces () =
  for _ = 1 to 2000 do
    let b = Seeded.bytes (Random.State.int Seeded.state 100) in
    let rec pieces b =
      if Cstruct.length b = 0 then []
      else
        let n = Random.State.int Seeded.state (Cstruct.length b) + 1 in
        let first, rest = Cstruct.split b n in
        first :: pieces rest
    in
    equal string_of_int "pieces" (Tcpip_checksum.ones_complement b)
      (Tcpip_checksum.ones_complement_list (pieces b))
  done

let header ?(id = 1) off =
  { Ipv4_packet.src = ip "10.0.0.1"; dst = ip "10.0.0.2"; id; off; ttl = 64; proto = 17;
    options = Cstruct.empty }

(* {2 Reassembly} *)

let parse packet =
  match Ipv4_packet.Unmarshal.of_cstruct packet with
  | Ok parsed -> parsed
  | Error why -> failwith why

let reassemble ?(capacity = 1 lsl 18) packets =
  let step (cache, found) packet =
    let header, payload = parse packet in
    let cache, whole = Fragments.process cache 0L header payload in
    (cache, if whole = None then found else Option.map snd whole)
  in
  List.fold_left step (Fragments.Cache.empty capacity, None) packets

let whole what payload (cache, found) =
  (match found with
   | Some found -> check (what ^ ": other bytes") (Cstruct.equal payload found)
   | None -> failwith (what ^ ": not reassembled"));
  equal string_of_int (what ^ ": left behind") 0 (Fragments.Cache.size cache)

let in_any_order () =
  for _ = 1 to 300 do
    let payload = Seeded.bytes (Random.State.int Seeded.state 20_000 + 600) in
    let mtu = 68 + Random.State.int Seeded.state 1500 in
    let packets = Fragments.fragment_all ~mtu (header 0) payload in
    check "longer than the MTU" (List.for_all (fun p -> Cstruct.length p <= mtu) packets);
    if List.length packets > 1 then begin
      whole "in order" payload (reassemble packets);
      whole "backwards" payload (reassemble (List.rev packets));
      whole "shuffled" payload (reassemble (Seeded.shuffle packets));
      let repeated = match packets with first :: _ -> first :: packets | [] -> [] in
      whole "with a repetition" payload (reassemble repeated)
    end
  done

let largest () =
  let payload = Seeded.bytes 65_515 in
  whole "65,535 bytes" payload (reassemble (Fragments.fragment_all ~mtu:1500 (header 0) payload));
  check "one more was cut" (Fragments.fragment_all ~mtu:1500 (header 0) (Cstruct.create 65_516) = [])

let more = Ipv4_wire.more_fragments

let feed cache ?(now = 0L) ?id off payload =
  Fragments.process cache now (header ?id off) payload

let overlap () =
  let empty = Fragments.Cache.empty (1 lsl 18) in
  let cache, _ = feed empty more (Seeded.bytes 16) in
  let cache, none = feed cache (1 lor more) (Seeded.bytes 16) in
  check "an overlap was taken" (none = None && Fragments.Cache.size cache = 0);
  let cache, _ = feed empty 2 (Seeded.bytes 16) in
  let cache, none = feed cache (4 lor more) (Seeded.bytes 8) in
  check "behind the end" (none = None && Fragments.Cache.size cache = 0);
  let cache, none = feed empty (0x1fff lor more) (Seeded.bytes 8) in
  check "beyond 65,535" (none = None && Fragments.Cache.size cache = 0);
  let cache, none = feed empty more (Seeded.bytes 9) in
  check "an odd length" (none = None && Fragments.Cache.size cache = 0)

let time_limit () =
  let cache, _ = feed (Fragments.Cache.empty (1 lsl 18)) more (Seeded.bytes 8) in
  let later = Int64.succ Fragments.max_duration in
  let cache, none = feed cache ~now:later 1 (Seeded.bytes 8) in
  check "too late" (none = None);
  equal string_of_int "kept" 1 (Fragments.Cache.size cache)

let memory () =
  let capacity = 10_000 in
  let cache = ref (Fragments.Cache.empty capacity) in
  for id = 0 to 999 do
    cache := fst (feed !cache ~id more (Cstruct.create 1400));
    check "over the capacity" (Fragments.Cache.weight !cache <= capacity)
  done;
  check "nothing is kept" (Fragments.Cache.size !cache > 3)

(* A flood from one source, and a good datagram in pieces between. *)
let sources () =
  let from n id off = { (header ~id off) with src = Ipaddr.V4.of_int32 (Int32.of_int (0x0a000000 + n)) } in
  let cache = ref (Fragments.Cache.empty (1 lsl 18)) and whole = ref 0 in
  let feed header payload =
    let after, datagram = Fragments.process !cache 0L header payload in
    cache := after;
    if datagram <> None then incr whole
  in
  for round = 1 to 20 do
    feed (from 2 round more) (Cstruct.create 8);
    for id = 0 to 999 do
      feed (from 3 ((1000 * round) + id) more) (Cstruct.create 1400)
    done;
    feed (from 2 round 1) (Cstruct.create 8)
  done;
  equal string_of_int "good datagrams" 20 !whole

(* As many pieces as there may be, backwards, and one more. *)
let small_pieces () =
  let pieces = Ip_reassembly.max_fragments in
  let feed (cache, whole) n =
    let off = n lor if n = pieces - 1 then 0 else more in
    let cache, datagram = Fragments.process cache 0L (header off) (Cstruct.create 8) in
    (cache, if datagram = None then whole else whole + 1)
  in
  let backwards = List.init pieces (fun n -> pieces - 1 - n) in
  let empty = Fragments.Cache.empty (1 lsl 22) in
  let _, whole = List.fold_left feed (empty, 0) backwards in
  equal string_of_int "whole" 1 whole;
  let too_many = List.init (pieces + 1) (fun n -> pieces + 1 - n) in
  let cache, whole = List.fold_left feed (empty, 0) too_many in
  check "more pieces than there may be" (whole = 0 && Fragments.Cache.size cache <= 1)

(* As tcpip 5.0.1 has it. *)
let rest_of_a_datagram () =
  let payload = Seeded.bytes 5000 in
  let all = Fragments.fragment_all ~mtu:1500 (header 0) payload in
  let rest = Fragments.fragment ~mtu:1500 (header 0) (Cstruct.shift payload 1480) in
  check "the fragments after the first" (List.for_all2 Cstruct.equal (List.tl all) rest);
  check "no room" (Fragments.fragment ~mtu:27 (header 0) payload = [])

let lru_map () =
  let open Fragments in
  let key id = (Ipaddr.V4.localhost, Ipaddr.V4.localhost, 17, id) in
  let value n = (0L, Cstruct.empty, false, 1, [ (0, Cstruct.create n) ]) in
  let t = Cache.of_list [ (key 1, value 100); (key 2, value 50) ] in
  equal string_of_int "weight" 150 (Cache.weight t);
  equal string_of_int "size" 2 (Cache.size t);
  let lru t = match Cache.lru t with Some ((_, _, _, id), _) -> id | None -> 0 in
  equal string_of_int "oldest" 1 (lru t);
  equal string_of_int "oldest" 2 (lru (Cache.promote (key 1) t));
  check "popped" (match Cache.pop (key 1) t with Some (_, t) -> not (Cache.mem (key 1) t) | None -> false);
  check "emptied" (Cache.is_empty (Cache.drop_lru (Cache.drop_lru t)))

let () =
  case "fragments from a source that floods" sources;
  case "the smallest fragments" small_pieces;
  case "the fragments after the first" rest_of_a_datagram;
  case "the cache as an LRU map" lru_map;
  case "a known IPv4 header" header_vector;
  case "a known echo request" echo_vector;
  case "names of ICMP's numbers" names;
  case "headers dumped" dumps;
  case "checksum of RFC 1071" checksum_vector;
  case "checksum as the plain loop" checksum_agrees;
  case "checksum of pieces" checksum_of_pieces;
  case "reassembly in any order" in_any_order;
  case "the largest datagram" largest;
  case "overlaps and impossible fragments" overlap;
  case "fragments wait 15 s" time_limit;
  case "memory of fragments is bounded" memory
