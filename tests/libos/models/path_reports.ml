(* packages: tcp-simulation virtual-network *)

(* Short transfers over paths whose MTU is small, changes, is told or not, while
   ICMP errors of any kind, true and forged, come at any time: everything
   arrives, the path is never below its floor, and what is forged without a
   sequence number in flight changes nothing. STACK_RUNS: how many. A run's
   number is its seed: STACK_RUN repeats one. *)

let runs = Case.setting "STACK_RUNS" 100_000
let floor = 576
let port = 5001

type counts = {
  mutable forged : int;
  mutable lies : int;
  mutable lowered : int;
  mutable holes : int;
  mutable raised : int;
  mutable too_long : int;
}

let counts = { forged = 0; lies = 0; lowered = 0; holes = 0; raised = 0; too_long = 0 }

type world = {
  random : Random.State.t;
  pair : Tcp_pair.t;
  client : Tcp_pair.connection;
  mutable path : int;  (* as last seen *)
}

let int w n = Random.State.int w.random n
let control w = Tcp_endpoint.tcb w.client

(* {2 What is watched} *)

let look w ~tells =
  let c = control w in
  if c.state <> Closed then begin
    Case.check "the path is below its floor" (c.path >= floor && c.mss >= floor - 52);
    if c.path < w.path then
      if tells then counts.lowered <- counts.lowered + 1 else counts.holes <- counts.holes + 1;
    if c.path > w.path then counts.raised <- counts.raised + 1;
    w.path <- c.path
  end

(* {2 Reports} *)

let any_reason w : Ip_errors.reason =
  match int w 4 with
  | 0 -> Unreachable "forged"
  | 1 -> Soft_error "forged"
  | 2 -> Too_big 0
  | _ -> Too_big (int w 1600)

let report w ?(ports = 0) sequence reason =
  let c = control w in
  let is_between ~local:_ ~remote:_ = true in
  Tcp_endpoint.report (Tcp_pair.stack w.pair.a) ~now:(Tcp_events.now w.pair.events) ~is_between
    ~local_port:c.local_port ~remote_port:(c.remote_port + ports)
    ~sequence:(Tcp_sequence.of_int sequence) reason;
  Tcp_pair.wake w.pair.a

let state w =
  let c = control w in
  (c.state, c.path, c.mss, c.soft_error, c.failure, Tcp_scoreboard.lost c.scoreboard, c.raise_at)

let forge w =
  let c = control w in
  let before = state w and distance = 1 + int w 0x3fff_0000 in
  (match int w 3 with
   | 0 -> report w (c.nxt + (distance land 0xffff)) (any_reason w)
   | 1 -> report w (c.una - distance) (any_reason w)
   | _ -> report w ~ports:1 c.una (any_reason w));
  Case.check "a forged report did something" (before = state w);
  counts.forged <- counts.forged + 1

(* By somebody who sees the segments. An attempt to connect he could end. *)
let lie w =
  let c = control w in
  if c.nxt > c.una && c.state <> Syn_sent then begin
    report w (c.una + int w (c.nxt - c.una)) (any_reason w);
    Case.check "a report ended a connection" (c.failure = None);
    counts.lies <- counts.lies + 1
  end

(* {2 A run} *)

let mtus = [| 576; 600; 1000; 1280; 1400; 1492; 1500 |]

let link random =
  let pick values = values.(Random.State.int random (Array.length values)) in
  let rare p = if Random.State.int random 4 = 0 then p else 0. in
  {
    Tcp_link.perfect with
    delay_ns = pick [| 100_000; 1_000_000; 30_000_000 |];
    loss = rare 0.03;
    reorder = rare 0.1;
    reorder_ns = 500_000;
    duplicate = rare 0.05;
    mtu = pick mtus;
    tells = Random.State.bool random;
  }

let offload random =
  let tso_max = if Random.State.bool random then 65_535 else 0 in
  { Tcp_pair.tso_max; turn_ns = 1_000 + Random.State.int random 100_000 }

(* Chance may hold one up for longer than a closed connection lives. *)
let patient = { Tcp_config.default with fin_wait_2_ns = 600_000_000_000 }

let schedule w ~times happens =
  for _ = 1 to times do
    let within = if int w 3 = 0 then 1_000_000_000 else 5_000_000 in
    Tcp_events.at w.pair.events (int w within) happens
  done

let change_path w there =
  let mtu = mtus.(int w (Array.length mtus)) in
  Tcp_link.set_conditions (Tcp_pair.link w.pair.a) { there with Tcp_link.mtu }

let complete w received ~bytes ~tells () =
  look w ~tells;
  Option.fold !received ~none:false ~some:(fun n -> !n = bytes)

let run number =
  let random = Random.State.make [| Seeded.seed; number |] in
  let there = link random in
  let back = { there with mtu = 1500 } in
  let pair =
    Tcp_pair.create ~seed:number ~config_a:patient ~offload:(offload random) ~there ~back ()
  in
  let most = if Random.State.int random 6 = 0 then 120_000 else 20_000 in
  let received = ref None and bytes = 1 + Random.State.int random most in
  Tcp_pair.listen pair.b port (fun c -> received := Some (Tcp_transfer.receive pair pair.b c));
  let client = Tcp_pair.connect pair pair.a ~port in
  Tcp_transfer.send pair.a client ~bytes;
  let w = { random; pair; client; path = 1500 } in
  schedule w ~times:(int w 3) (fun () -> forge w);
  schedule w ~times:(int w 3) (fun () -> lie w);
  if int w 3 = 0 then schedule w ~times:1 (fun () -> change_path w there);
  let complete = complete w received ~bytes ~tells:there.tells in
  if not (Tcp_pair.run pair ~limit_s:600 complete) then failwith "not all has arrived";
  counts.too_long <- counts.too_long + Tcp_link.too_long (Tcp_pair.link pair.a)

let numbered number =
  try run number
  with e ->
    let why = Printexc.to_string e in
    failwith (Printf.sprintf "STACK_SEED=%d STACK_RUN=%d: %s" Seeded.seed number why)

let show () =
  Printf.printf "%d forged, %d lies, %d times lowered, %d by guess, %d raised, %d too long\n"
    counts.forged counts.lies counts.lowered counts.holes counts.raised counts.too_long

let all_happened () =
  let { forged; lies; lowered; holes; raised; too_long } = counts in
  List.iter
    (fun n -> Case.check "something never happened" (n > runs / 100))
    [ forged; lies; lowered; holes; raised; too_long ]

let () =
  match Case.setting "STACK_RUN" 0 with
  | 0 ->
      Case.case "transfers among reports of any kind" (fun () ->
          for number = 1 to runs do
            numbered number
          done;
          show ();
          all_happened ())
  | number -> Case.case "one transfer" (fun () -> run number)
