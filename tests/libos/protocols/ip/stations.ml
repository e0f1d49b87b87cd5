(* packages: arp virtual-network *)

(* The ARP table, tick by tick. *)

open Case

let ip = Ipaddr.V4.of_string_exn
let mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x00%c" (Char.chr n))


let table () = fst (Arp_handler.create ~timeout:10 ~retries:3 ~ipaddr:(ip "10.0.0.1") (mac 1))

let from n ?(operation = Arp_packet.Reply) target_ip =
  Arp_packet.encode
    { operation; source_mac = mac n; source_ip = ip (Printf.sprintf "10.0.0.%d" n);
      target_mac = mac 1; target_ip = ip target_ip }

let waiter = function Some n -> n + 1 | None -> 1

let rec ticks n t = if n = 0 then t else let t, _, _ = Arp_handler.tick t in ticks (n - 1) t

let known t n =
  match Arp_handler.in_cache t (ip (Printf.sprintf "10.0.0.%d" n)) with
  | Some found -> Macaddr.compare found (mac n) = 0
  | None -> false

let arp_query () =
  let t, first = Arp_handler.query (table ()) (ip "10.0.0.2") waiter in
  check "no request" (match first with RequestWait ((_, to_), 1) -> not (Macaddr.is_unicast to_) | _ -> false);
  let t, second = Arp_handler.query t (ip "10.0.0.2") waiter in
  check "asked twice" (match second with Wait 2 -> true | _ -> false);
  let t, reply, learned = Arp_handler.input t (from 2 "10.0.0.1") in
  check "a reply to a reply" (reply = None);
  check "nobody woken" (match learned with Some (_, 2) -> true | _ -> false);
  check "not learned" (known t 2);
  let _, _, again = Arp_handler.input t (from 2 "10.0.0.1") in
  check "woken twice" (again = None);
  check "forgotten too early" (known (ticks 9 t) 2);
  check "never forgotten" (not (known (ticks 10 t) 2))

let arp_timeout () =
  let t, _ = Arp_handler.query (table ()) (ip "10.0.0.2") waiter in
  let rec run t requests = function
    | 0 -> failwith "never given up"
    | left -> (
        match Arp_handler.tick t with
        | t, more, [] -> run t (requests + List.length more) (left - 1)
        | t, _, [ 1 ] ->
            equal string_of_int "repetitions" 2 requests;
            equal string_of_int "pending" 0 (Arp_handler.pending t)
        | _ -> failwith "another waiter")
  in
  run t 0 10

let arp_requests () =
  let request n = from n ~operation:Request "10.0.0.1" in
  let t, reply, _ = Arp_handler.input (table ()) (request 2) in
  (match reply with
   | Some ({ operation = Reply; source_ip; _ }, to_) ->
       equal Ipaddr.V4.to_string "about" (ip "10.0.0.1") source_ip;
       check "to whom" (Macaddr.compare to_ (mac 2) = 0)
   | _ -> failwith "no reply");
  check "not learned" (known t 2);
  let t, reply, _ = Arp_handler.input t (from 3 ~operation:Request "10.0.0.9") in
  check "answered for another" (reply = None);
  check "learned from a stranger" (not (known t 3));
  let t, _, _ = Arp_handler.input t (from 4 "10.0.0.1") in
  check "learned without asking" (not (known t 4))

let arp_flood () =
  let t = ref (table ()) in
  for n = 0 to 4999 do
    let source_ip = Ipaddr.V4.of_int32 (Int32.of_int (0x0a010000 + n)) in
    let packet =
      { Arp_packet.operation = Request; source_mac = mac 7; source_ip; target_mac = mac 1;
        target_ip = ip "10.0.0.1" }
    in
    let after, _, _ = Arp_handler.input !t (Arp_packet.encode packet) in
    t := after
  done;
  let learned n = Arp_handler.in_cache !t (Ipaddr.V4.of_int32 (Int32.of_int (0x0a010000 + n))) <> None in
  let kept = List.length (List.filter learned (List.init 5000 Fun.id)) in
  equal string_of_int "kept" Arp_handler.max_learned kept;
  check "our own address is gone" (Arp_handler.in_cache !t (ip "10.0.0.1") <> None)

let request_from ?(ip = "10.0.0.2") n =
  Arp_packet.encode
    { operation = Request; source_mac = mac n; source_ip = Ipaddr.V4.of_string_exn ip;
      target_mac = mac 1; target_ip = Ipaddr.V4.of_string_exn "10.0.0.1" }

let hears t packet =
  let t, _, _ = Arp_handler.input t packet in
  t

let at t = Arp_handler.in_cache t (ip "10.0.0.2")
let is t n = match at t with Some m -> Macaddr.compare m (mac n) = 0 | None -> false

let questions t =
  let t, requests, _ = Arp_handler.tick t in
  (t, List.filter_map (fun ((p : Arp_packet.t), to_) -> if p.target_ip = ip "10.0.0.2" then Some to_ else None) requests)

(* Another station takes an address over only when the one that had it is gone. *)
let arp_claims () =
  let t = hears (table ()) (request_from 2) in
  check "not learned" (is t 2);
  let t, _ = questions t in
  let t = hears t (request_from 7) in
  check "given away" (is t 2);
  let t, asked = questions t in
  check "not asked" (List.exists (fun m -> Macaddr.compare m (mac 2) = 0) asked);
  let answered = hears t (from 2 "10.0.0.1") in
  check "given away though it answers" (is (ticks 3 answered) 2);
  check "never given" (is (ticks 1 t) 7);
  check "given to our own" (is (ticks 4 (hears answered (request_from 1))) 2);
  let group = Arp_packet.encode { operation = Request; source_mac = Macaddr.broadcast; source_ip = ip "10.0.0.2"; target_mac = mac 1; target_ip = ip "10.0.0.1" } in
  check "given to a group" (is (ticks 4 (hears answered group)) 2)

(* Who has not answered is not asked again at once, unless it speaks up. *)
let arp_absent () =
  let t, _ = Arp_handler.query (table ()) (ip "10.0.0.2") waiter in
  let gone = ticks 3 t in
  check "asked again" (Arp_handler.refuses gone (ip "10.0.0.2"));
  check "never asked again" (not (Arp_handler.refuses (ticks Arp_handler.failed_ticks gone) (ip "10.0.0.2")));
  let t = hears gone (request_from 2) in
  check "refused though it has spoken" ((not (Arp_handler.refuses t (ip "10.0.0.2"))) && is t 2)

let unknown n = Ipaddr.V4.of_int32 (Int32.of_int (0x0a020000 + n))

let arp_pending () =
  let step (t, requests, given_up) n =
    let t, evicted = Arp_handler.make_room t in
    match Arp_handler.query t (unknown n) waiter with
    | t, RequestWait _ -> (t, requests + 1, given_up + Option.fold evicted ~none:0 ~some:Fun.id)
    | t, (Wait _ | Mac _) -> (t, requests, given_up + Option.fold evicted ~none:0 ~some:Fun.id)
  in
  let t, requests, given_up = List.fold_left step (table (), 0, 0) (List.init 5000 Fun.id) in
  equal string_of_int "pending" Arp_handler.max_pending (Arp_handler.pending t);
  equal string_of_int "requests before a tick" Arp_handler.max_requests requests;
  equal string_of_int "given up" (5000 - Arp_handler.max_pending) given_up;
  let _, again, _ = Arp_handler.tick t in
  check "requests in a tick" (List.length again <= Arp_handler.max_requests)

(* Whom we speak with is not pushed out by strangers. *)
let arp_in_use () =
  let t, _ = Arp_handler.query (table ()) (ip "10.0.0.2") waiter in
  let t = ref (hears t (from 2 "10.0.0.1")) in
  for n = 0 to 4999 do
    t := hears !t (request_from (3 + (n mod 100)) ~ip:(Ipaddr.V4.to_string (unknown n)))
  done;
  check "pushed out" (is !t 2)

let arp_conflict () =
  let liar = Arp_packet.encode { operation = Reply; source_mac = mac 7; source_ip = ip "10.0.0.1"; target_mac = mac 1; target_ip = ip "10.0.0.1" } in
  let rec many t n defences =
    if n = 0 then defences
    else
      let t, reply, _ = Arp_handler.input t liar in
      let t = if n mod 100 = 0 then ticks 1 t else t in
      many t (n - 1) (defences + Option.fold reply ~none:0 ~some:(fun _ -> 1))
  in
  equal string_of_int "defences in a minute" 6 (many (table ()) (100 * 119) 0);
  check "our own address is gone" (Arp_handler.in_cache (hears (table ()) liar) (ip "10.0.0.1") = Some (mac 1))

let () =
  case "asking, learning, forgetting" arp_query;
  case "nobody answers" arp_timeout;
  case "being asked" arp_requests;
  case "flood" arp_flood;
  case "claims to a neighbour's address" arp_claims;
  case "absent neighbours are left alone" arp_absent;
  case "addresses asked for are bounded" arp_pending;
  case "a neighbour in use stays" arp_in_use;
  case "our own address is defended" arp_conflict
