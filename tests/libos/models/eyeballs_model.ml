(* packages: happy-eyeballs virtual-network *)

(* Happy Eyeballs against any answers at any time: seeded runs. A run's seed is its
   number and STACK_SEED's; EYEBALLS_RUN is the only one to run, if given. *)

open Case
module He = Happy_eyeballs

let runs = setting "EYEBALLS_RUNS" 100_000
let ms n = Int64.mul (Int64.of_int n) 1_000_000L
let s n = ms (n * 1000)

(* {2 A world} *)

type fate =
  | Accepts of int64  (** that long after the attempt *)
  | Refuses of int64
  | Silent

type answer = Addresses of int64 * (int * fate) list | Fails of int64 | Never
type world = { a : answer; aaaa : answer; cancel_at : int64 option; is_listed : bool }

(* Mostly short, sometimes of the limits' size, sometimes beyond them. *)
let time random =
  match Random.State.int random 8 with
  | 0 -> 0L
  | 1 | 2 | 3 -> ms (Random.State.int random 100)
  | 4 | 5 -> ms (Random.State.int random 1_000)
  | 6 -> ms (Random.State.int random 12_000)
  | _ -> ms (Random.State.int random 40_000)

let fate random =
  match Random.State.int random 5 with
  | 0 | 1 -> Silent
  | 2 | 3 -> Refuses (time random)
  | _ -> Accepts (time random)

let count random = if Random.State.int random 4 = 0 then Random.State.int random 20 else 1 + Random.State.int random 3

let answer random =
  match Random.State.int random 8 with
  | 0 -> Never
  | 1 -> Fails (time random)
  | _ -> Addresses (time random, List.init (count random) (fun i -> (i, fate random)))

let world random =
  {
    aaaa = answer random;
    a = answer random;
    cancel_at = (if Random.State.int random 10 = 0 then Some (time random) else None);
    is_listed = Random.State.int random 10 = 0;
  }

(* {2 Addresses carry their number} *)

let v4 i = Ipaddr.V4 (Ipaddr.V4.of_int32 (Int32.of_int (0x0a000000 + i)))
let v6 i = Ipaddr.V6 (Ipaddr.V6.of_string_exn (Printf.sprintf "2001:db8:1::%x" i))

let fates = function Addresses (_, list) -> list | Fails _ | Never -> []

let fate_of world (ip, _) =
  let find answer make = List.find_opt (fun (i, _) -> Ipaddr.compare (make i) ip = 0) (fates answer) in
  match find world.a v4 with
  | Some (_, fate) -> fate
  | None -> ( match find world.aaaa v6 with Some (_, fate) -> fate | None -> failwith "made up")

(* {2 A run} *)

module Events = Map.Make (struct
    type t = int64 * int

    let compare = compare
  end)

type run = {
  world : world;
  mutable now : int64;
  mutable state : He.t;
  mutable events : He.event Events.t;
  mutable order : int;
  mutable under_way : (int * He.target) list;
  mutable known : He.target list;  (** those that may be tried *)
  mutable tried : He.target list;
  mutable v6_answered : bool;
  mutable v4_answered_at : int64;
  mutable begun : int64 list;  (** the latest first *)
  mutable failed : bool;  (** an attempt, since the latest began *)
  mutable ended : [ `Won | `Lost | `Cancelled ] option;
  mutable ended_at : int64;
  mutable steps : int;
}

let later run ns event =
  run.order <- run.order + 1;
  run.events <- Events.add (Int64.add run.now ns, run.order) event run.events

let tells run family = function
  | Never -> ()
  | Fails at -> later run at (He.Resolved (family, Error "no such name"))
  | Addresses (at, list) ->
      let make = match family with He.V4 -> v4 | V6 -> v6 in
      later run at (Resolved (family, Ok (List.map (fun (i, _) -> make i) list)))

let finish run how =
  check "two ends" (run.ended = None);
  run.ended <- Some how;
  run.ended_at <- run.now

let min_delay = 250
let is_v6 = function Ipaddr.V6 _, _ -> true | V4 _, _ -> false
let untried run = List.filter (fun target -> not (List.mem target run.tried)) run.known

(* The families take turns; the first of IPv4 waits for those of IPv6. *)
let in_turn run target =
  let others = List.filter (fun other -> is_v6 other <> is_v6 target) (untried run) in
  match run.tried with
  | last :: _ -> check "out of turn" (is_v6 last <> is_v6 target || others = [])
  | [] when is_v6 target -> ()
  | [] ->
      check "did not wait for IPv6"
        (run.v6_answered || run.now >= Int64.add run.v4_answered_at (ms 50));
      check "IPv4 before IPv6" (others = [])

let connect run id target =
  check "an attempt after the end" (run.ended = None);
  check "tried twice" (not (List.mem target run.tried));
  in_turn run target;
  (match run.begun with
   | before :: _ when not run.failed && run.under_way <> [] ->
       check "too soon after the last" (Int64.sub run.now before >= ms min_delay)
   | _ -> ());
  run.begun <- run.now :: run.begun;
  run.failed <- false;
  run.tried <- target :: run.tried;
  run.under_way <- (id, target) :: run.under_way;
  check "too many at once" (List.length run.under_way <= He.max_open);
  match fate_of run.world target with
  | Silent -> ()
  | Accepts ns -> later run ns (Connected id)
  | Refuses ns -> later run ns (Failed (id, "refused"))

let act run = function
  | He.Resolve V6 -> tells run V6 run.world.aaaa
  | Resolve V4 -> tells run V4 run.world.a
  | Connect (id, target) -> connect run id target
  | Close id ->
      run.failed <- true;
      run.under_way <- List.remove_assoc id run.under_way
  | Won (id, target) ->
      check "somebody else won" (List.assoc_opt id run.under_way = Some target);
      run.under_way <- List.remove_assoc id run.under_way;
      finish run `Won
  | Lost why ->
      check "lost without a word" (why <> "");
      finish run `Lost

(* A connection that nobody wants is closed; the driver cannot cancel in time. *)
let late run id actions =
  if not (List.mem_assoc id run.under_way) then
    check "a late connection stays open" (List.mem (He.Close id) actions)

let at_most n list = List.filteri (fun i _ -> i < n) list

let learn run family answer =
  let ips = at_most He.max_targets (Result.value answer ~default:[]) in
  run.known <- List.map (fun ip -> (ip, 80)) ips @ run.known;
  match family with
  | He.V6 -> run.v6_answered <- true
  | V4 -> run.v4_answered_at <- run.now

(* What has failed is followed at once, not after the delay. *)
let next_at_once run actions =
  let is_attempt = function He.Connect _ -> true | _ -> false in
  if run.ended = None then check "waits after a failure" (List.exists is_attempt actions)

let step run event =
  run.steps <- run.steps + 1;
  check "does not come to an end" (run.steps < 1_000);
  let fails =
    match event with He.Failed (id, _) -> List.mem_assoc id run.under_way | _ -> false
  in
  let free = untried run <> [] && List.length run.under_way <= He.max_open in
  (match event with
   | He.Failed (id, _) ->
       run.under_way <- List.remove_assoc id run.under_way;
       run.failed <- true
   | Cancel -> if run.ended = None then finish run `Cancelled
   | Resolved (family, answer) -> if run.ended = None then learn run family answer
   | Connected _ | Tick -> ());
  let state, actions = He.handle run.state ~now:run.now event in
  run.state <- state;
  (match event with Connected id -> late run id actions | _ -> ());
  List.iter (act run) actions;
  if fails && free then next_at_once run actions;
  check "another count" (List.length run.under_way = He.attempts run.state)

(* The next event, or the deadline when that is earlier. *)
let rec advance run =
  match (Events.min_binding_opt run.events, He.deadline run.state) with
  | None, None -> ()
  | Some (((at, _) as key), event), deadline when Option.fold deadline ~none:true ~some:(fun d -> at <= d) ->
      run.events <- Events.remove key run.events;
      run.now <- at;
      step run event;
      advance run
  | _, Some deadline ->
      check "a deadline that is over and does nothing" (deadline >= run.now);
      run.now <- Int64.max run.now deadline;
      step run Tick;
      advance run
  | Some _, None -> ()

(* {2 What must hold at the end} *)

(* Whether an address surely answers in time. Eight addresses of a family can be tried, six at
   once, each for ten seconds at most: the last begins when two tens have passed. *)
let surely_good world =
  let good ~from answer =
    let quick (_, fate) = match fate with Accepts ns -> ns <= s 5 | Refuses _ | Silent -> false in
    match answer with
    | Addresses (at, list) -> at <= from && List.exists quick (at_most He.max_targets list)
    | Fails _ | Never -> false
  in
  good ~from:(s 1) world.a || good ~from:(s 1) world.aaaa

let counts = Hashtbl.create 7
let count_one what = Hashtbl.replace counts what (1 + Option.value (Hashtbl.find_opt counts what) ~default:0)

let tally run =
  let both = List.exists is_v6 run.tried && not (List.for_all is_v6 run.tried) in
  if both then count_one "tried both families";
  if List.length run.tried > He.max_open then count_one "more attempts than at once";
  match run.ended with
  | Some `Won -> count_one (if both then "won after both" else "won")
  | Some `Lost when run.ended_at >= s 30 -> count_one "timed out"
  | Some `Lost -> count_one "lost"
  | Some `Cancelled -> count_one "cancelled"
  | None -> ()

let verify run =
  check "no end" (run.ended <> None);
  check "left open" (run.under_way = []);
  check "ends late" (run.ended_at <= s 30);
  check "too many attempts" (List.length run.tried <= 2 * He.max_targets);
  if surely_good run.world && run.world.cancel_at = None then
    check "a good address was not reached" (run.ended = Some `Won);
  tally run

let start world =
  if world.is_listed then
    let listed answer make = List.map (fun (i, _) -> (make i, 80)) (fates answer) in
    He.to_targets He.default ~now:0L (listed world.a v4 @ listed world.aaaa v6)
  else He.by_name He.default ~now:0L [ 80 ]

let learn_all run (family, answer, make) =
  learn run family (Ok (List.map (fun (i, _) -> make i) (fates answer)))

let run_one number =
  let world = world (Random.State.make [| Seeded.seed; number |]) in
  let state, actions = start world in
  let run =
    { world; now = 0L; state; events = Events.empty; order = 0; under_way = []; known = [];
      tried = []; v6_answered = world.is_listed; v4_answered_at = 0L; begun = []; failed = false; ended = None; ended_at = 0L; steps = 0 }
  in
  if world.is_listed then List.iter (learn_all run) [ (He.V4, world.a, v4); (V6, world.aaaa, v6) ];
  List.iter (act run) actions;
  Option.iter (fun at -> later run at He.Cancel) world.cancel_at;
  advance run;
  verify run

let numbered number =
  try run_one number
  with e ->
    failwith
      (Printf.sprintf "STACK_SEED=%d EYEBALLS_RUN=%d: %s" Seeded.seed number (Printexc.to_string e))

let all () =
  match Sys.getenv_opt "EYEBALLS_RUN" with
  | Some number -> numbered (int_of_string number)
  | None ->
      for number = 1 to runs do
        numbered number
      done;
      let expected =
        [ "won"; "won after both"; "lost"; "timed out"; "cancelled"; "tried both families";
          "more attempts than at once" ]
      in
      let reached what =
        let n = Option.value (Hashtbl.find_opt counts what) ~default:0 in
        Printf.printf "%7d %s\n" n what;
        check ("never: " ^ what) (n > runs / 1000)
      in
      List.iter reached expected

let () = case (Printf.sprintf "%d runs" runs) all
