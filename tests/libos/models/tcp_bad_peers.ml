(* packages: tcp-simulation virtual-network *)
(* A host with little memory among peers that do anything at any time, for a
   short while each run. It never raises, keeps what it may and sends what it was
   asked to; a good client is answered meanwhile; what its programs closed is gone
   in time, and every byte given back. STACK_RUNS: how many. A run's number is its
   seed: STACK_RUN repeats one. *)

open Bad_world

let runs = Case.setting "STACK_RUNS" 100_000
let ms n = n * 1_000_000

let pauses = [| 0; 0; 1_000; ms 1; ms 30; ms 300; second; 5 * second; 70 * second |]

let peer w i =
  let stamp = random w 1000 in
  Bad_peer.create ~port:(5000 + i) ~remote:(1 + (i mod 3)) ~stamp

let around w =
  let send ~remote segment payload =
    w.arrived <- w.arrived + 1;
    input w remote segment payload
  in
  { Bad_peer.random = w.random; now = (fun () -> w.now); send; turn = (fun () -> turn w) }

let question = 700

let client_of w =
  match
    Tcp_endpoint.connect w.client ~now:w.now ~local:good ~remote:99 ~remote_port:good_port
  with
  | None -> failwith "the client found no port"
  | Some c ->
      Tcp_endpoint.on_change c (fun () ->
          match Tcp_connection.read (tcb c) ~now:w.now with
          | None -> ()
          | Some data ->
              Tcp_endpoint.touch w.client c;
              w.answered <- w.answered + Cstruct.length data);
      turn w;
      c

let ask w client =
  Tcp_connection.write (tcb client) [ Cstruct.create_unsafe question ];
  Tcp_endpoint.touch w.client client;
  turn w

let check_connections w =
  let check (c, _) =
    let tcb = tcb c in
    note (Format.asprintf "in %a" Tcp_state.pp tcb.state);
    if tcb.abandoned then note "abandoned";
    if tcb.abandoned && tcb.linger_bytes > 0 then note "lingering";
    if tcb.send_window = 0 then note "no window";
    if Tcp_receive.has_sack tcb.receive then note "out of order";
    Tcp_invariants.check tcb
  in
  List.iter check w.served

(* Each of the host's own connections may be over by the least it may hold. *)
let check_memory w =
  let config = w.config in
  let budgets = Tcp_endpoint.budgets w.host in
  let least = config.connections_max * 2 * (1460 + 256 + Bad_peer.frame_bytes) in
  let taken = config.receive_total - Tcp_budget.left budgets.received in
  if taken > config.receive_total / 2 then note "received: full";
  if Tcp_budget.left budgets.written < config.send_total / 2 then note "written: full";
  if Tcp_endpoint.connections w.host = config.connections_max then note "connections: full";
  Case.check "received data beyond the budget" (taken <= config.receive_total + least);
  Case.check "too many connections" (Tcp_endpoint.connections w.host <= config.connections_max);
  Case.check "too many in TIME-WAIT" (Tcp_endpoint.time_waits w.host <= config.time_wait_max)

(* The machine was: timers are late by so long. *)
let held_for w ns =
  w.now <- w.now + ns;
  turn w

let attack w client =
  let steps = 5 + random w 12 in
  for _ = 1 to steps do
    if w.busy && one_in w 8 then Bad_peer.fill (around w) w.peers
    else Bad_peer.act (around w) (List.nth w.peers (random w (List.length w.peers)));
    turn w;
    List.iter (fun (c, program) -> if one_in w 4 then go_on w c program) w.served;
    if one_in w 3 then pass w (w.now + pick w pauses);
    if one_in w 8 then held_for w (pick w pauses);
    if one_in w 4 then ask w client;
    check_connections w;
    check_memory w
  done

let let_go w =
  let go (c, _) =
    (tcb c).reader <- (fun () -> false);
    close w c;
    if one_in w 2 then Tcp_endpoint.abandon w.host ~now:w.now c
  in
  List.iter go w.served

(* The peers go on, but open nothing. *)
let drain w =
  let p = List.hd w.peers in
  for _ = 1 to 8 do
    Bad_peer.say_little (around w) p;
    turn w;
    let_go w;
    pass w (w.now + (25 * second))
  done;
  pass w (w.now + (70 * second))

let check_rates w ~began =
  let seconds = 1 + ((w.now - began) / second) in
  let connections = 1 + List.length w.served in
  Case.check "more empty segments than it got, and its timers ask for"
    (w.empty <= (9 * w.arrived) + (8 * seconds * connections) + 64);
  Case.check "it sends its data too often" (w.bytes <= 20 * (w.written + 4096))

let check_gone w =
  let config = w.config in
  let state (c, _) = Format.asprintf "%a" Tcp_state.pp (tcb c).Tcp_tcb.state in
  let what =
    Printf.sprintf "%d connections are left: %s" (Tcp_endpoint.connections w.host)
      (String.concat " " (List.map state w.served))
  in
  Case.check what (Tcp_endpoint.connections w.host = 0);
  Case.check "TIME-WAIT" (Tcp_endpoint.time_waits w.host = 0);
  let budgets = Tcp_endpoint.budgets w.host in
  let equal = Case.equal string_of_int in
  equal "given back, received" config.receive_total (Tcp_budget.left budgets.received);
  equal "given back, written" config.send_total (Tcp_budget.left budgets.written)

(* A connection may have its least in both directions, and a buffer of its program
   beyond what is left. *)
let connection_bytes = 24 * 1024

let most_held w =
  let c = w.config in
  c.receive_total + c.send_total + (c.connections_max * connection_bytes)

let run number =
  let w = Bad_world.create number in
  let began = w.now in
  let client = client_of w in
  w.peers <- List.init (1 + random w 14) (peer w);
  List.iter (fun p -> if not (one_in w 4) then Bad_peer.shake_hands (around w) p) w.peers;
  attack w client;
  ask w client;
  pass w (w.now + (3 * second));
  let written = Tcp_send_queue.tail (tcb client).queue - (tcb client).iss - 1 in
  Case.equal string_of_int "the good client's answers" written w.answered;
  if number mod 50 = 0 then Held_memory.check w.host ~most:(most_held w);
  check_rates w ~began;
  let_go w;
  Tcp_connection.close (tcb client) ~now:w.now;
  Tcp_endpoint.touch w.client client;
  drain w;
  check_gone w

let interesting =
  [
    "abandoned"; "lingering"; "no window"; "out of order"; "resets"; "connections: full";
    "received: full"; "written: full"; "in FIN-WAIT-1"; "in FIN-WAIT-2"; "in CLOSING";
    "in LAST-ACK"; "in CLOSE-WAIT"; "in TIME-WAIT";
  ]

let all () =
  for number = 1 to runs do
    try run number
    with e -> failwith (Printf.sprintf "run %d: %s" number (Printexc.to_string e))
  done;
  let is_seen what = Case.check ("never: " ^ what) (Hashtbl.mem counts what) in
  if runs > 1000 then List.iter is_seen interesting;
  let lines = List.sort compare (List.of_seq (Hashtbl.to_seq counts)) in
  List.iter (fun (what, n) -> Printf.printf "        %-16s %9d\n" what n) lines

let () =
  match Case.setting "STACK_RUN" 0 with
  | 0 -> Case.case "bad peers" all
  | number -> Case.case (Printf.sprintf "run %d" number) (fun () -> run number)
