(* packages: dns dns-client unikernel-memory virtual-network *)

(* What the DNS client makes of answers, each kind in several ways, and how long it keeps them.
   Servers are functions, and time stands still until it is set. *)

open Case

let name text = Domain_name.of_string_exn text
let host text = Domain_name.host_exn (name text)
let ip = Ipaddr.V4.of_string_exn
let number = string_of_int

(* {1 A client with two servers} *)

module Scripted = struct
  type io_addr = int
  type ns_addr = [ `TCP | `UDP ] * io_addr
  type stack = ns_addr -> Cstruct.t -> Cstruct.t list
  type t = { stack : stack; fixed : ns_addr option }
  type context = { client : t; server : ns_addr; mutable replies : Cstruct.t list }
  type +'a io = 'a

  let now = ref 0L
  let create ?nameserver ~timeout:_ stack = { stack; fixed = nameserver }
  let nameservers t = match t.fixed with Some server -> [ server ] | None -> [ (`UDP, 1); (`UDP, 2) ]
  let nameserver t = List.hd (nameservers t)
  let note_answer _ _ _ = ()
  let coalesce _ _ ask = ask ()
  let rng = Seeded.bytes
  let clock () = !now
  let attempt client server _ = Ok { client; server; replies = [] }
  let connect ?nameserver:_ client = attempt client (nameserver client) 0

  let send c message =
    c.replies <- c.client.stack c.server message;
    Ok ()

  let recv c =
    match c.replies with
    | [] -> Error (`Msg "silence")
    | first :: rest ->
        c.replies <- rest;
        Ok first

  let close _ = ()
  let bind v f = f v
  let lift v = v
end

module Client = Dns_client.Make_over (Scripted)

let asked = ref []

(* [serve server question] are the datagrams that come back, [stream] the pieces over TCP. *)
let client ?(stream = fun _ _ -> []) serve =
  asked := [];
  Scripted.now := 0L;
  let stack (kind, server) message =
    asked := (kind, server) :: !asked;
    match kind with
    | `UDP -> serve server message
    | `TCP -> stream server (Cstruct.shift message 2)
  in
  Client.create stack

let questions () = List.length !asked
let pass seconds = Scripted.now := Int64.add !Scripted.now (Duration.of_sec seconds)

let look_up ?(key = Dns.Rr_map.A) c text =
  match Client.get_resource_record c key (name text) with
  | Ok (_, ips) -> Ipaddr.V4.to_string (Dns.Rr_map.Ipv4_set.choose ips)
  | Error (`Msg why) -> "error: " ^ why
  | Error (`No_data (zone, _)) -> "no data in " ^ Domain_name.to_string zone
  | Error (`No_domain (zone, _)) -> "no domain in " ^ Domain_name.to_string zone

let www = "www.example.org"
let resolved c = look_up c www

(* {1 Answers} *)

let a ?(ttl = 60l) ?(owner = www) address = { Dns_record.name = name owner; ttl; data = A (ip address) }
let alias ?(ttl = 60l) owner target = { Dns_record.name = name owner; ttl; data = Cname (name target) }

let soa ?(ttl = 3600l) ?(minimum = 3600l) ?(zone = "example.org") () =
  let nameserver = name "ns.example.org" in
  let numbers = { Dns_record.nameserver; hostmaster = nameserver; serial = 1l; refresh = 1l; retry = 1l; expiry = 1l; minimum } in
  { Dns_record.name = name zone; ttl; data = Soa numbers }

let reply ?(flags = 0x8180) ?(answers = [ a "192.0.2.1" ]) ?(authority = []) message =
  let q = Result.get_ok (Dns_packet.parse message) in
  Dns_packet.marshal { q with flags; answers; authority }

let changed change message =
  let copy = Cstruct.append message Cstruct.empty in
  change copy;
  copy

let wrong_id = changed (fun m -> Dns_wire.set_id m (Dns_wire.get_id m lxor 1))

let other_question text m =
  let q = Result.get_ok (Dns_packet.parse m) in
  let _, kind, klass = q.question in
  Dns_packet.marshal { q with question = (name text, kind, klass); flags = 0x8180; answers = [ a "6.6.6.6" ] }

(* The right id before a question that cannot be read, or more than one. *)
let unreadable m =
  let question_at = 12 in
  let put at byte = changed (fun m -> Cstruct.set_uint8 m at byte) (reply m) in
  [
    put question_at 0x3f;
    put question_at 0x80;
    put question_at 0xff;
    changed (fun m -> Cstruct.BE.set_uint16 m question_at (0xc000 + question_at)) (reply m);
    put (question_at + 4) 0xff;
    Cstruct.sub (reply m) 0 12;
    Cstruct.sub (reply m) 0 20;
    changed (fun m -> Dns_wire.set_count m 0 0) (reply m);
    changed (fun m -> Dns_wire.set_count m 0 2) (reply m);
    Cstruct.sub (changed (fun m -> Dns_wire.set_count m 0 0) (reply ~answers:[] m)) 0 12;
  ]

let noise m =
  unreadable m
  @ [
    Cstruct.empty;
    Cstruct.of_string "x";
    Cstruct.sub m 0 11;
    wrong_id (Cstruct.sub (reply m) 0 20);
    wrong_id (reply ~answers:[ a "6.6.6.6" ] m);
    reply ~flags:0x0100 ~answers:[ a "6.6.6.6" ] m;
    reply ~flags:0x9180 ~answers:[ a "6.6.6.6" ] m;
    other_question "www.example.com" m;
    m;
  ]

let passed_over () =
  List.iteri
    (fun index _ ->
       let c = client (fun _ m -> [ List.nth (noise m) index; reply m ]) in
       equal Fun.id (number index) "192.0.2.1" (resolved c);
       equal number "questions" 1 (questions ()))
    (noise (Dns_packet.marshal (Dns_packet.query ~id:0 (name www) Dns_wire.a)))

let all_noise () =
  let c = client (fun _ m -> noise m @ noise m) in
  equal Fun.id "nobody's" "error: silence" (resolved c);
  equal number "questions" (2 * Dns_client.udp_attempts) (questions ())

let malformed () =
  let cut m = Cstruct.sub (reply m) 0 (Cstruct.length (reply m) - 1) in
  let c = client (fun server m -> [ (if server = 1 then cut m else reply m) ]) in
  equal Fun.id "the next server" "192.0.2.1" (resolved c);
  let c = client (fun _ m -> [ (if questions () < 4 then cut m else reply m) ]) in
  equal Fun.id "another time" "192.0.2.1" (resolved c);
  let no_question = changed (fun m -> Dns_wire.set_count m 0 0; Dns_wire.set_flags m 0x8185) in
  let c = client (fun server m -> [ (if server = 1 then Cstruct.sub (no_question m) 0 12 else reply m) ]) in
  equal Fun.id "an error without a question" "192.0.2.1" (resolved c)

let errors () =
  List.iter
    (fun code ->
       let fails m = reply ~flags:(0x8180 lor code) ~answers:[] m in
       let c = client (fun server m -> [ (if server = 1 then fails m else reply m) ]) in
       equal Fun.id (number code) "192.0.2.1" (resolved c);
       equal number "questions" 2 (questions ()))
    [ 1; 2; 4; 5; 9 ];
  let c = client (fun _ m -> [ reply ~flags:0x8182 ~answers:[] m ]) in
  let failure = resolved c in
  check failure (failure = "error: the name server refused with code 2");
  let before = questions () in
  ignore (resolved c);
  equal number "not asked again at once" before (questions ());
  pass 3;
  ignore (resolved c);
  check "asked again in a while" (questions () > before)

(* {1 How long} *)

(* Kept for as long as this, and no longer. *)
let is_kept what seconds serve text =
  let c = client serve in
  let first = look_up c text in
  let before = questions () in
  if seconds > 1 then (
    pass (seconds - 1);
    equal Fun.id what first (look_up c text);
    equal number (what ^ ": questions") before (questions ());
    pass 2)
  else pass 2;
  ignore (look_up c text);
  check (what ^ " is kept for too long") (questions () > before)

let days n = n * 86_400

let lives () =
  let answers ttl _ m = [ reply ~answers:[ a ~ttl "192.0.2.1" ] m ] in
  is_kept "a minute" 60 (answers 60l) www;
  is_kept "none" 0 (answers 0l) www;
  is_kept "with its first bit set" 0 (answers 0x8000_0001l) www;
  is_kept "minus one" 0 (answers 0xffff_ffffl) www;
  is_kept "68 years" (days 1) (answers 0x7fff_ffffl) www;
  let two _ m = [ reply ~answers:[ a ~ttl:60l "192.0.2.1"; a ~ttl:30l "192.0.2.2" ] m ] in
  is_kept "the smaller" 30 two www;
  let aliased _ m = [ reply ~answers:[ alias ~ttl:20l www "b.org"; a ~ttl:60l ~owner:"b.org" "192.0.2.1" ] m ] in
  is_kept "the alias's" 20 aliased www;
  let c = client (answers 86_400l) in
  ignore (resolved c);
  pass (days 1 + 1);
  ignore (resolved c);
  equal number "after a day's pause" 2 (questions ())

let negative () =
  let no_domain ?(flags = 0x8183) authority _ m = [ reply ~flags ~answers:[] ~authority m ] in
  let no_data = no_domain ~flags:0x8180 in
  let is_said expected serve = equal Fun.id expected expected (resolved (client serve)) in
  is_said "no domain in example.org" (no_domain [ soa () ]);
  is_said "no data in example.org" (no_data [ soa () ]);
  List.iter
    (fun (what, says) ->
       is_kept (what ^ ", minimum") 30 (says [ soa ~minimum:30l () ]) www;
       is_kept (what ^ ", TTL") 30 (says [ soa ~ttl:30l () ]) www;
       is_kept (what ^ ", three hours") (3 * 3600) (says [ soa ~ttl:99_999l ~minimum:99_999l () ]) www;
       is_kept (what ^ ", negative minimum") 0 (says [ soa ~minimum:0xffff_ffffl () ]) www;
       is_kept (what ^ ", without a zone") 0 (says []) www;
       is_kept (what ^ ", another zone") 0 (says [ soa ~zone:"example.com" () ]) www)
    [ ("no domain", fun authority -> no_domain authority); ("no data", fun authority -> no_data authority) ];
  let c = client (no_domain [ soa () ]) in
  ignore (resolved c);
  ignore (Client.gethostbyname6 c (host www));
  equal number "no domain: of any type" 1 (questions ());
  let c = client (no_data [ soa () ]) in
  ignore (resolved c);
  ignore (Client.gethostbyname6 c (host www));
  equal number "no data: of this type" 2 (questions ())

let room () =
  let many = List.init 200 (fun n -> a (Printf.sprintf "192.0.2.%d" n)) in
  let owned m =
    let q = Result.get_ok (Dns_packet.parse m) in
    let owner, _, _ = q.question in
    List.map (fun record -> { record with Dns_record.name = owner }) many
  in
  let c = client (fun _ m -> [ reply ~answers:(owned m) m ]) in
  let words () = Obj.reachable_words (Obj.repr c) in
  let names = List.init 3_000 (fun n -> Printf.sprintf "n%d.example.org" n) in
  List.iter (fun text -> ignore (look_up c text)) names;
  Printf.printf "        %d KiB kept of 3,000 answers of 200 addresses\n" (words () * 8 / 1024);
  check "little is kept" (words () * 8 < Memory_size.part 8);
  let before = questions () in
  ignore (look_up c "n2999.example.org");
  equal number "the last is there" before (questions ())

(* {1 Aliases} *)

let question m =
  let q = Result.get_ok (Dns_packet.parse m) in
  let asked, _, _ = q.question in
  Domain_name.to_string asked

let aliases () =
  let is expected answers = equal Fun.id expected expected (resolved (client (fun _ m -> [ reply ~answers m ]))) in
  is "192.0.2.1" [ alias www "a.org"; alias "a.org" "b.org"; a ~owner:"b.org" "192.0.2.1" ];
  is "192.0.2.1" [ a ~owner:"b.org" "192.0.2.1"; alias "a.org" "b.org"; alias "WWW.example.ORG" "A.org" ];
  is "error: the answer is about other names" [ a ~owner:"elsewhere.org" "6.6.6.6" ];
  is "no data in www.example.org" [];
  let in_a_ring = "error: the aliases of www.example.org lead back to themselves" in
  is in_a_ring [ alias www www ];
  is in_a_ring [ alias www "a.org"; alias "a.org" "WWW.example.org" ];
  is in_a_ring [ alias www "a.org"; alias "a.org" "b.org"; alias "b.org" "a.org" ];
  let about_others m = reply ~answers:[ a ~owner:"elsewhere.org" "6.6.6.6" ] m in
  let c = client (fun server m -> [ (if server = 1 then about_others m else reply m) ]) in
  equal Fun.id "another server's word" "192.0.2.1" (resolved c);
  let hops owner =
    match owner with
    | "www.example.org" -> [ alias ~ttl:20l www "a.org"; a ~owner:"b.org" "6.6.6.6" ]
    | "a.org" -> [ alias "a.org" "b.org" ]
    | _ -> [ a ~owner "192.0.2.1" ]
  in
  let serve _ m = [ reply ~answers:(hops (question m)) m ] in
  equal Fun.id "across messages" "192.0.2.1" (resolved (client serve));
  equal number "questions" 3 (questions ());
  is_kept "the smallest on the way" 20 serve www;
  let ring owner = [ alias owner (if owner = www then "a.org" else www) ] in
  let c = client (fun _ m -> [ reply ~answers:(ring (question m)) m ]) in
  let said = resolved c in
  check said (String.sub said 0 5 = "error");
  check "rings end" (questions () < 12)

(* {1 TCP} *)

let framed message =
  let length = Cstruct.create 2 in
  Cstruct.BE.set_uint16 length 0 (Cstruct.length message);
  Cstruct.append length message

let bytes_of message = List.init (Cstruct.length message) (fun i -> Cstruct.sub message i 1)
let truncated _ m = [ reply ~flags:0x8380 ~answers:[] m ]

let over_tcp () =
  let is ?(expected = "192.0.2.1") what stream =
    equal Fun.id what expected (resolved (client ~stream truncated))
  in
  is "whole" (fun _ m -> [ framed (reply m) ]);
  is "in crumbs" (fun _ m -> bytes_of (framed (reply m)));
  is "behind others" (fun _ m -> [ Cstruct.concat [ framed (wrong_id (reply m)); framed m; framed (reply m) ] ]);
  is "behind nothing" (fun _ m -> [ framed Cstruct.empty; framed (reply m) ]);
  is "closed early by one server" (fun server m -> if server = 1 then [ Cstruct.sub (framed (reply m)) 0 9 ] else [ framed (reply m) ]);
  is "truncated there, too, by one" (fun server m ->
      [ framed (if server = 1 then reply ~flags:0x8380 ~answers:[] m else reply m) ]);
  is ~expected:"error: silence" "closed early" (fun _ m -> [ Cstruct.sub (framed (reply m)) 0 9 ]);
  let stream _ m = List.init 1000 (fun _ -> framed (wrong_id (reply m))) in
  is ~expected:"error: answers to other questions" "others only" stream;
  let big = List.init 4_000 (fun n -> a (Printf.sprintf "10.0.%d.%d" (n / 250) (n mod 250))) in
  is ~expected:"10.0.0.0" "64 KiB in crumbs" (fun _ m ->
      let answers = List.filteri (fun i _ -> i < 2_000) big in
      bytes_of (framed (reply ~answers m)))

let () =
  case "noise is passed over" passed_over;
  case "nothing but noise" all_noise;
  case "malformed answers" malformed;
  case "servers that fail" errors;
  case "how long an answer is kept" lives;
  case "that there is none is kept, too" negative;
  case "what is kept is bounded" room;
  case "aliases" aliases;
  case "answers over TCP" over_tcp
