(* packages: dns dns-client virtual-network *)

(* DNS: vectors, hostile messages, and the client against a scripted server. *)

open Case

let name text = Domain_name.of_string_exn text
let host text = Domain_name.host_exn (name text)
let ip = Ipaddr.V4.of_string_exn

(* {2 Messages} *)

(* www.example.org A?  www is an alias of web, which has 192.0.2.1; three
   names compressed. *)
let reply =
  "1234 8180 0001 0002 0000 0000 03777777 076578616d706c65 036f7267 00 0001 0001"
  ^ "c00c 0005 0001 00000e10 0006 03776562 c010"
  ^ "c02d 0001 0001 0000003c 0004 c0000201"

let query = "1234 0100 0001 0000 0000 0000 03777777 076578616d706c65 036f7267 00 0001 0001"

let parsed text =
  match Dns_packet.parse (hex text) with Ok p -> p | Error why -> failwith why

let vectors () =
  let q = Dns_packet.query ~id:0x1234 (name "www.example.org") Dns_wire.a in
  equal_bytes "query" (hex query) (Dns_packet.marshal q);
  let p = parsed reply in
  match p.answers with
  | [ { data = Cname alias; ttl = 3600l; _ }; { name = of_; data = A address; ttl = 60l } ] ->
      check "alias" (Domain_name.equal alias (name "web.example.org"));
      check "owner" (Domain_name.equal of_ (name "web.example.org"));
      equal Ipaddr.V4.to_string "address" (ip "192.0.2.1") address;
      check "round trip" (Dns_packet.equal p (Result.get_ok (Dns_packet.parse (Dns_packet.marshal p))))
  | _ -> failwith "other answers"

let header = "1234 8180 0001 0000 0000 0000"

let refused what text =
  match Dns_packet.parse (hex text) with
  | Error _ -> ()
  | Ok _ -> failwith (what ^ " was taken")

let hostile () =
  refused "a pointer to itself" (header ^ "c00c 0001 0001");
  refused "a pointer forwards" (header ^ "c020 0001 0001");
  refused "a pointer into its own name" (header ^ "0161 c00c 0001 0001");
  refused "two pointers in a ring" (header ^ "c00e c00c 0001 0001");
  refused "a pointer cut off" (header ^ "c0");
  refused "a label cut off" (header ^ "3f61");
  refused "a reserved kind of label" (header ^ "8061 0001 0001");
  refused "a name of 256 octets"
    (header ^ String.concat "" (List.init 128 (fun _ -> "0161")) ^ "00 0001 0001");
  refused "no question" "1234 8180 0000 0000 0000 0000";
  refused "bytes behind the end" (query ^ "00");
  refused "65,535 answers that are not there"
    "1234 8180 0001 ffff 0000 0000 0161 00 0001 0001";
  refused "an address of 5 bytes"
    ("1234 8180 0001 0001 0000 0000 0161 00 0001 0001" ^ "c00c 0001 0001 00000000 0005 0102030405")

(* Each pointer leads one step back: 8000 steps for each of many records would
   keep a small machine busy for seconds. *)
let many_pointers () =
  let pointers = 8000 and at i = 12 + (2 * i) in
  let message = Cstruct.create (12 + (2 * pointers)) in
  Cstruct.BE.set_uint16 message 12 0;
  for i = 1 to pointers - 1 do
    Cstruct.BE.set_uint16 message (at i) (0xc000 lor at (i - 1))
  done;
  check "taken" (Result.is_error (Dns_name.parse message (at (pointers - 1))));
  check "a few are refused" (Result.is_ok (Dns_name.parse message (at 20)))

(* {2 The client, with a server that is a function} *)

module Scripted = struct
  type ns_addr = [ `TCP | `UDP ] * string
  type io_addr = string
  type stack = ns_addr -> Cstruct.t -> Cstruct.t list
  type t = { stack : stack; nameserver : ns_addr }
  type context = { client : t; server : ns_addr; mutable replies : Cstruct.t list }
  type +'a io = 'a

  let now = ref 0L
  let create ?(nameserver = (`UDP, "default")) ~timeout:_ stack = { stack; nameserver }
  let nameserver t = t.nameserver
  let rng = Seeded.bytes
  let clock () = !now

  let connect ?nameserver client =
    let server = Option.value nameserver ~default:client.nameserver in
    Ok { client; server; replies = [] }

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

module Client = Dns_client.Make (Scripted)

let records address =
  let alias = { Dns_record.name = name "www.example.org"; ttl = 60l; data = Cname (name "web.example.org") } in
  [ alias; { name = name "web.example.org"; ttl = 60l; data = A (ip address) } ]

let answer_to ?(flags = 0x8180) ?(id = Fun.id) ?(answers = records "192.0.2.1") message =
  let q = Result.get_ok (Dns_packet.parse message) in
  Dns_packet.marshal { q with id = id q.id; flags; answers }

let asked = ref 0

let client serve =
  asked := 0;
  Client.create (fun server message ->
      incr asked;
      serve server message)

let resolved c =
  match Client.gethostbyname c (host "www.example.org") with
  | Ok address -> Ipaddr.V4.to_string address
  | Error (`Msg why) -> "error: " ^ why

let gives expected serve () = equal Fun.id "answer" expected (resolved (client serve))

let kept () =
  let c = client (fun _ m -> [ answer_to m ]) in
  ignore (resolved c);
  ignore (resolved c);
  equal string_of_int "questions" 1 !asked;
  Scripted.now := Duration.of_sec 61;
  ignore (resolved c);
  equal string_of_int "questions after a minute" 2 !asked

let retried () =
  let serve _ m = if !asked < 3 then [] else [ answer_to m ] in
  gives "192.0.2.1" serve ();
  equal string_of_int "questions" 3 !asked;
  gives "error: silence" (fun _ _ -> []) ();
  equal string_of_int "questions" Dns_client.udp_attempts !asked

let forged () =
  let other m = answer_to ~id:(fun id -> (id + 1) land 0xffff) ~answers:(records "6.6.6.6") m in
  gives "192.0.2.1" (fun _ m -> [ other m; m; answer_to m ]) ()

let stream message =
  let length = Cstruct.create 2 in
  Cstruct.BE.set_uint16 length 0 (Cstruct.length message);
  Cstruct.append length message

let truncated () =
  let serve (kind, _) m =
    match kind with
    | `UDP -> [ answer_to ~flags:0x8380 ~answers:[] m ]
    | `TCP ->
        let whole = stream (answer_to (Cstruct.shift m 2)) in
        let a, b = Cstruct.split whole 1 in
        let b, c = Cstruct.split b 20 in
        [ a; b; c ]
  in
  gives "192.0.2.1" serve ()

let ring () =
  let alias a b = { Dns_record.name = name a; ttl = 1l; data = Cname (name b) } in
  let answers = [ alias "www.example.org" "a.org"; alias "a.org" "www.example.org" ] in
  gives "error: the aliases of www.example.org lead back to themselves" (fun _ m -> [ answer_to ~answers m ]) ()

let errors () =
  gives "error: there is no domain www.example.org"
    (fun _ m -> [ answer_to ~flags:0x8183 ~answers:[] m ]) ();
  gives "error: the name server refused with code 5"
    (fun _ m -> [ answer_to ~flags:0x8185 ~answers:[] m ]) ()

let () =
  case "vectors" vectors;
  case "hostile messages" hostile;
  case "many pointers" many_pointers;
  case "an answer through an alias" (gives "192.0.2.1" (fun _ m -> [ answer_to m ]));
  case "answers are kept for their time" kept;
  case "questions are repeated, a few times" retried;
  case "answers to other questions are passed over" forged;
  case "a truncated answer is fetched over TCP" truncated;
  case "aliases in a ring" ring;
  case "errors in words" errors
