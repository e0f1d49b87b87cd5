(* packages: dns dns-client.mirage tcpip unikernel-memory virtual-network *)

(* The DNS client between a server that does anything, a good one, and somebody who forges
   answers without seeing the questions, in virtual time. NAMES_RUNS is how many runs, NAMES_RUN
   the only one; run n follows from STACK_SEED and n. Whatever happens: nothing is raised, every
   question ends in its time, a forged answer is nobody's, few packets are sent, and with a good
   server in the list the answer is there in the end. *)

open Case
open Lwt.Infix
module Time = Virtual_time.Time

let runs = setting "NAMES_RUNS" 100_000
let only = setting "NAMES_RUN" (-1)
let dice = ref Seeded.state
let int bound = Random.State.int !dice bound
let pick choices = choices.(int (Array.length choices))
let sleep_ms ms = Time.sleep_ns (Duration.of_ms ms)
let seen : (string, int) Hashtbl.t = Hashtbl.create 32
let times what = Option.value (Hashtbl.find_opt seen what) ~default:0
let count what = Hashtbl.replace seen what (1 + times what)

module Random = struct
  type g = unit

  let generate ?g:_ n = Cstruct.of_string (String.init n (fun _ -> Char.chr (int 256)))
end

(* {1 Answers} *)

let ip = Ipaddr.V4.of_string_exn
let bad = ip "10.0.0.2"
let good = ip "10.0.0.3"
let stranger = ip "10.0.0.66"
let own = ip "10.0.0.1"
let flooded = ip "10.0.0.4"
let right = ip "192.0.2.1"
let forged = ip "6.6.6.6"

let reply ?(flags = 0x8180) ?(address = right) ?(ttl = 0l) message =
  let q = Result.get_ok (Dns_packet.parse message) in
  let name, _, _ = q.question in
  let answers = if flags land 0xf = 0 then [ { Dns_record.name; ttl; data = A address } ] else [] in
  Dns_packet.marshal { q with flags; answers }

let with_id change message =
  let copy = Cstruct.append message Cstruct.empty in
  Dns_wire.set_id copy (change (Dns_wire.get_id copy));
  copy

let guessed message = with_id (fun id -> id lxor (1 + int 0xffff)) (reply ~address:forged message)

let about text message =
  let q = Result.get_ok (Dns_packet.parse message) in
  let _, kind, klass = q.question in
  let name = Domain_name.of_string_exn text in
  let answers = [ { Dns_record.name; ttl = 60l; data = A forged } ] in
  Dns_packet.marshal { q with flags = 0x8180; question = (name, kind, klass); answers }

let garbage () = Random.generate (int 60)

let damaged message =
  let copy = reply message in
  for _ = 0 to int 4 do
    let at = 12 + int (Cstruct.length copy - 12) in
    Cstruct.set_uint8 copy at (int 256)
  done;
  Cstruct.sub copy 0 (12 + int (Cstruct.length copy - 11))

let framed message =
  let length = Cstruct.create 2 in
  Cstruct.BE.set_uint16 length 0 (Cstruct.length message);
  Cstruct.append length message

(* {1 A stack of its own, without packets} *)

type world = {
  listeners : (int, src:Ipaddr.V4.t -> dst:Ipaddr.V4.t -> src_port:int -> Cstruct.t -> unit Lwt.t) Hashtbl.t;
  mutable packets : int;
  mutable open_flows : int;
}

module World = struct
  type t = world
  type ipaddr = Ipaddr.V4.t
  type ipinput = unit

  let disconnect _ = Lwt.return_unit
end

let deliver world ?(src = bad) ?(src_port = 53) ~port message =
  match Hashtbl.find_opt world.listeners port with
  | Some listener -> Lwt.async (fun () -> listener ~src ~dst:own ~src_port message)
  | None -> ()

let later ms act = Lwt.async (fun () -> sleep_ms ms >|= act)

let report ~port ~destination =
  let transport = Cstruct.create 8 in
  Cstruct.BE.set_uint16 transport 0 port;
  Cstruct.BE.set_uint16 transport 2 53;
  let destination = Ipaddr.V4.to_octets destination and source = Ipaddr.V4.to_octets own in
  Ip_errors.report { reason = Unreachable "gone"; protocol = 17; source; destination; transport }

(* What the bad server, and the forger with it, make of a question. *)
let misbehave world ~port message =
  let says ?(after = int 200) reply = later after (fun () -> deliver world ~port reply) in
  match pick [| "silent"; "late"; "twice"; "garbage"; "damaged"; "truncated"; "fails"; "refuses";
                "guesses"; "strangers"; "other port"; "unreachable"; "wrong report"; "other question";
                "question back"; "flood"; "right" |] with
  | "silent" as what -> count what
  | "late" as what -> count what; says ~after:(500 + int 12_000) (reply message)
  | "twice" as what -> count what; says (reply message); says (reply message)
  | "garbage" as what -> count what; says (garbage ())
  | "damaged" as what -> count what; says (damaged message)
  | "truncated" as what -> count what; says (reply ~flags:0x8380 message)
  | "fails" as what -> count what; says (reply ~flags:0x8182 message)
  | "refuses" as what -> count what; says (reply ~flags:0x8185 message)
  | "guesses" as what -> count what; says ~after:0 (guessed message); says (reply message)
  | "strangers" as what ->
      count what;
      later (int 100) (fun () -> deliver world ~src:stranger ~port (reply ~address:forged message))
  | "other port" as what ->
      count what;
      later (int 100) (fun () -> deliver world ~src_port:54 ~port (reply ~address:forged message))
  | "unreachable" as what -> count what; later (int 50) (fun () -> report ~port ~destination:bad)
  | "wrong report" as what ->
      count what;
      later 0 (fun () -> report ~port:(port lxor 1) ~destination:bad; report ~port ~destination:stranger);
      says (reply message)
  | "other question" as what -> count what; says (about "www.example.com" message); says ~after:300 (reply message)
  | "question back" as what -> count what; says message
  | "flood" as what ->
      count what;
      later 60 (fun () ->
          for _ = 1 to 50 do deliver world ~port (guessed message) done;
          deliver world ~port (reply message))
  | _ -> says (reply ~ttl:(Int32.of_int (int 3)) message)

module UDP = struct
  include World

  type error = |

  let pp_error _ : error -> unit = function _ -> .

  type callback = src:ipaddr -> dst:ipaddr -> src_port:int -> Cstruct.t -> unit Lwt.t

  let input ~listeners:_ _ = ()

  let write ?(src_port = 0) ?ttl:_ ~dst ~dst_port:_ world message : (unit, error) result Lwt.t =
    world.packets <- world.packets + 1;
    if Ipaddr.V4.compare dst good = 0 then
      later (int 100) (fun () ->
          deliver world ~src:good ~port:src_port (reply ~ttl:(Int32.of_int (int 3)) message))
    else if Ipaddr.V4.compare dst flooded = 0 then
      later 10 (fun () ->
          for _ = 1 to 1_000 do deliver world ~src:flooded ~port:src_port (guessed message) done;
          deliver world ~src:flooded ~port:src_port (reply message))
    else misbehave world ~port:src_port message;
    Lwt.return (Ok ())
end

module TCP = struct
  include World

  type error = [ Mirage_protocols.Tcp.error | `Never ]
  type write_error = [ Mirage_protocols.Tcp.write_error | `Never ]
  type flow = { world : world; mutable pieces : Cstruct.t list; ends : bool }

  let pp_error ppf = function
    | #Mirage_protocols.Tcp.error as e -> Mirage_protocols.Tcp.pp_error ppf e
    | `Never -> ()

  let pp_write_error ppf = function
    | #Mirage_protocols.Tcp.write_error as e -> Mirage_protocols.Tcp.pp_write_error ppf e
    | `Never -> ()

  let dst _ = (bad, 53)

  let create_connection ?keepalive:_ world _ : (flow, error) result Lwt.t =
    world.packets <- world.packets + 1;
    match int 4 with
    | 0 -> Lwt.return (Error `Refused)
    | 1 -> sleep_ms (int 9_000) >|= fun () -> Error `Timeout
    | _ ->
        sleep_ms (int 3_000) >|= fun () ->
        world.open_flows <- world.open_flows + 1;
        Ok { world; pieces = []; ends = int 2 = 0 }

  let rec cut message =
    if Cstruct.length message = 0 then []
    else
      let piece, rest = Cstruct.split message (1 + int (Cstruct.length message)) in
      piece :: cut rest

  let write flow message : (unit, write_error) result Lwt.t =
    let question = Cstruct.shift message 2 in
    let answer =
      match int 6 with
      | 0 -> garbage ()
      | 1 -> framed (guessed question)
      | 2 -> framed (reply ~flags:0x8380 question)
      | 3 -> Cstruct.sub (framed (reply question)) 0 (int 20)
      | 4 -> Cstruct.append (framed (guessed question)) (framed (reply question))
      | _ -> framed (reply question)
    in
    flow.pieces <- cut answer;
    Lwt.return (Ok ())

  let writev flow buffers = write flow (Cstruct.concat buffers)
  let write_nodelay = write
  let writev_nodelay = writev

  let read flow : (Cstruct.t Mirage_flow.or_eof, error) result Lwt.t =
    match flow.pieces with
    | piece :: rest ->
        flow.pieces <- rest;
        sleep_ms (int 30) >|= fun () -> Ok (`Data piece)
    | [] when flow.ends -> Lwt.return (Ok `Eof)
    | [] -> fst (Lwt.task ())

  let close flow =
    flow.world.open_flows <- flow.world.open_flows - 1;
    Lwt.return_unit

  type listener = { process : flow -> unit Lwt.t; keepalive : Mirage_protocols.Keepalive.t option }

  let input _ ~listeners:_ = ()
end

module Fake = struct
  include World
  module UDP = UDP
  module TCP = TCP

  let udp world = world
  let tcp world = world
  let listen_udp world ~port callback = Hashtbl.replace world.listeners port callback
  let compare = Ipaddr.V4.compare
  let octets = Ipaddr.V4.to_octets
  let reachable _ = Ipaddr.to_v4
  let default = bad
end

module Client = Dns_client_mirage.Make_over (Random) (Time) (Virtual_time.Mclock) (Fake)

let tell servers =
  let told = List.map (fun server -> (Ipaddr.V4 server, None)) servers in
  Name_servers.set (Name_servers.Dhcp Macaddr.broadcast) told

(* {1 A run} *)

let host text = Domain_name.host_exn (Domain_name.of_string_exn text)
let hosts = Array.map host [| "a.example.org"; "b.example.org"; "c.example.org" |]

(* 5 s for each of two servers, and as much over TCP. *)
let longest_s = 20
let packets_a_question = 12

type had = { mutable answers : int; mutable errors : int; mutable gave_up : int }

(* Damage may make another address of one, or another type of record: it is the server's own. *)
let is_of_damage why = String.ends_with ~suffix:"has no record of this type" why

let note had ~has_good = function
  | Ok address ->
      check "a forged answer" (Ipaddr.V4.compare address forged <> 0);
      had.answers <- had.answers + 1
  | Error (`Msg why) ->
      if has_good && not (is_of_damage why) then failwith ("with a good server: " ^ why);
      had.errors <- had.errors + 1

let ask client had ~has_good =
  let asked_at = Virtual_time.now_ns () in
  Client.gethostbyname client (pick hosts) >|= fun answer ->
  let took = Int64.sub (Virtual_time.now_ns ()) asked_at in
  check "it took too long" (took <= Duration.of_sec longest_s);
  note had ~has_good answer

let asker client had ~has_good =
  sleep_ms (int 4_000) >>= fun () ->
  if int 6 > 0 then ask client had ~has_good
  else
    let gives_up = sleep_ms (int 500) >|= fun () -> had.gave_up <- had.gave_up + 1 in
    Lwt.pick [ ask client had ~has_good; gives_up ]

let run had number =
  dice := Stdlib.Random.State.make [| Seeded.seed; number |];
  let has_good = int 2 = 0 in
  tell (if has_good then [ bad; good ] else [ bad ]);
  Virtual_time.run ~limit_s:1_000 @@ fun () ->
  let world = { listeners = Hashtbl.create 7; packets = 0; open_flows = 0 } in
  let client = Client.create world in
  let askers = 1 + int 5 in
  Lwt.join (List.init askers (fun _ -> asker client had ~has_good)) >>= fun () ->
  check "too many packets" (world.packets <= packets_a_question * askers);
  sleep_ms 30_000 >|= fun () -> check "connections are left" (world.open_flows = 0)

let all () =
  let had = { answers = 0; errors = 0; gave_up = 0 } in
  let numbered number =
    try run had number
    with exn -> failwith (Printf.sprintf "NAMES_RUN=%d: %s" number (Printexc.to_string exn))
  in
  if only >= 0 then numbered only
  else (
    for number = 0 to runs - 1 do
      numbered number
    done;
    Printf.printf "        %d answers, %d errors, %d gave up\n" had.answers had.errors had.gave_up;
    Hashtbl.iter (fun what n -> Printf.printf "        %s: %d times\n" what n) seen;
    check "all kinds were seen" (Hashtbl.length seen = 16);
    check "all endings, too" (Int.min had.answers (Int.min had.errors had.gave_up) > runs / 10))

(* {1 Crowds} *)

let silent_world () =
  tell [ own ];
  { listeners = Hashtbl.create 7; packets = 0; open_flows = 0 }

let equal_questions () =
  tell [ good ];
  Virtual_time.run @@ fun () ->
  let world = { listeners = Hashtbl.create 7; packets = 0; open_flows = 0 } in
  let client = Client.create world in
  let ask _ = Client.gethostbyname client hosts.(0) >|= fun a -> check "an answer" (Result.is_ok a) in
  Lwt.join (List.init 1_000 ask) >|= fun () -> equal string_of_int "questions" 1 world.packets

(* Each asker is gone before the answer; then somebody stays. *)
let given_up () =
  Virtual_time.run @@ fun () ->
  dice := Stdlib.Random.State.make [| 1 |];
  let world = silent_world () in
  tell [ bad ];
  let client = Client.create world in
  let one n =
    let name = host (Printf.sprintf "n%d.example.org" n) in
    Lwt.pick [ (Client.gethostbyname client name >|= ignore); sleep_ms 1 ]
  in
  Lwt_list.iter_s one (List.init 2_000 Fun.id) >>= fun () ->
  check "ports are few" (Hashtbl.length world.listeners <= Dns_client_mirage.max_ports);
  tell [ good ];
  sleep_ms 15_000 >>= fun () ->
  Client.gethostbyname client hosts.(0) >|= fun answer -> check "an answer" (Result.is_ok answer)

let too_many () =
  tell [ good ];
  Virtual_time.run @@ fun () ->
  let world = { listeners = Hashtbl.create 7; packets = 0; open_flows = 0 } in
  let client = Client.create world in
  let refused = ref 0 in
  let one n =
    Client.gethostbyname client (host (Printf.sprintf "n%d.example.org" n)) >|= fun answer ->
    if Result.is_error answer then incr refused
  in
  Lwt.join (List.init 1_000 one) >|= fun () ->
  equal string_of_int "refused" (1_000 - Dns_client_mirage.max_questions) !refused;
  check "packets" (world.packets <= Dns_client_mirage.max_questions)

(* They come together with the answer, which finds a place. *)
let one_flood () =
  Virtual_time.run @@ fun () ->
  let world = { listeners = Hashtbl.create 7; packets = 0; open_flows = 0 } in
  tell [ flooded ];
  let client = Client.create world in
  Client.gethostbyname client hosts.(0) >|= fun answer ->
  check "an answer" (Result.is_ok answer);
  equal string_of_int "questions" 1 world.packets

let () =
  case "a thousand guesses before the answer" one_flood;
  case "a server that does anything" all;
  case "equal questions are asked once" equal_questions;
  case "askers that go away" given_up;
  case "more questions than are asked at a time" too_many
