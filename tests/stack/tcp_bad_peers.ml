(* packages: tcp-simulation virtual-network *)
(* A host with little memory among peers that do anything at any time, for a
   short while each run. It never raises, keeps what it may and sends what it was
   asked to; a good client is answered meanwhile; what its programs closed is gone
   in time, and every byte given back. STACK_RUNS: how many. A run's number is its
   seed: STACK_RUN repeats one. *)

let runs = Case.setting "STACK_RUNS" 100_000
let second = 1_000_000_000
let ms n = n * 1_000_000
let memories = [| 512 * 1024; 2 * 1024 * 1024 |]

let limits memory =
  { (Tcp_config.of_memory memory) with backlog = 4; connections_max = 12; time_wait_max = 6 }

let counts : (string, int) Hashtbl.t = Hashtbl.create 40

let note what =
  let n = Option.value (Hashtbl.find_opt counts what) ~default:0 in
  Hashtbl.replace counts what (n + 1)

(* Who sends to whom: the good client is remote 0. *)
let good = 0

type peer = {
  port : int;
  remote : int;
  mutable next : int;  (* what the host expects of us *)
  mutable told : int;  (* what we said we have of its data *)
  mutable theirs : int;  (* what it has sent *)
  mutable stamp : int;
}

type program = Echo | Answer | Deaf | Source | Reader | Half_closed

type world = {
  random : Random.State.t;
  memory : int;
  busy : bool;  (* none of its programs reads *)
  config : Tcp_config.t;
  host : int Tcp_host.t;
  client : int Tcp_host.t;
  mutable now : int;
  mutable peers : peer list;
  mutable served : (int Tcp_host.connection * program) list;
  mutable written : int;
  mutable arrived : int;
  mutable empty : int;  (* segments without data that it sent *)
  mutable bytes : int;
  mutable answered : int;
  mutable to_client : (Tcp_segment.t * Cstruct.t) list;
  mutable to_host : (Tcp_segment.t * Cstruct.t) list;
}

let random w n = Random.State.int w.random n
let one_in w n = random w n = 0
let pick w array = array.(random w (Array.length array))

(* {2 Its programs} *)

let control = Tcp_host.control
let touch w c = Tcp_host.touch w.host c

let write w c length =
  let buffer = Cstruct.create_unsafe length in
  w.written <- w.written + length;
  Tcp_connection.write (control c) [ buffer ];
  touch w c

let close w c =
  Tcp_connection.close (control c) ~now:w.now;
  touch w c

let may_write c =
  Tcp_connection.may_write (control c) && Tcp_connection.room (control c) > 0

let rec read_all w c use =
  match Tcp_connection.read (control c) ~now:w.now with
  | None -> ()
  | Some data ->
      touch w c;
      use data;
      read_all w c use

let rec echo w c =
  if may_write c then
    match Tcp_connection.read (control c) ~now:w.now with
    | None -> ()
    | Some data ->
        w.written <- w.written + Cstruct.length data;
        Tcp_connection.write (control c) [ data ];
        touch w c;
        echo w c

let source w c =
  for _ = 1 to 4 do
    if may_write c then write w c (1 + random w 9000)
  done

let answer w c =
  write w c (1 + random w 60_000);
  close w c;
  if not (one_in w 3) then Tcp_host.abandon w.host ~now:w.now c

let go_on w c = function
  | Echo -> echo w c
  | Source -> source w c
  | Reader | Half_closed -> read_all w c ignore
  | Answer | Deaf -> ()

let start w program c =
  w.served <- (c, program) :: w.served;
  Tcp_host.on_change c (fun () -> go_on w c program);
  match program with
  | Answer -> answer w c
  | Half_closed ->
      close w c;
      (control c).reader <- (fun () -> true)
  | Echo | Deaf | Source | Reader -> ()

let programs = [| Echo; Answer; Deaf; Source; Reader; Half_closed |]
let good_port = 80

let listening w port =
  let accepted c =
    note "accepted";
    if port = good_port then start w Echo c
    else start w (if w.busy then Deaf else pick w programs) c
  in
  if port < 90 then Some { Tcp_host.keepalive = None; accepted } else None

(* {2 The wire} *)

let seen w (s : Tcp_segment.t) remote ~length =
  let about p =
    if p.remote = remote && p.port = s.destination_port then begin
      let start = Tcp_sequence.to_int s.sequence in
      let extra = match s.control with Syn | Fin -> 1 | Plain | Reset -> 0 in
      p.theirs <- (start + length + extra) land 0xffff_ffff;
      if s.control = Syn then p.told <- p.theirs;
      let next a = p.next <- Tcp_sequence.to_int a in
      Option.iter next s.acknowledgement
    end
  in
  List.iter about w.peers

let emit w ~owner:_ ~local:_ ~remote (s : Tcp_segment.t) payload ~length ~unit_size:_ =
  if remote = good then w.to_client <- (s, Cstruct.concat payload) :: w.to_client
  else begin
    if s.control = Reset then note "resets";
    if length = 0 then w.empty <- w.empty + 1 else w.bytes <- w.bytes + length;
    seen w s remote ~length
  end

let emit_client w ~owner:_ ~local:_ ~remote:_ s payload ~length:_ ~unit_size:_ =
  w.to_host <- (s, Cstruct.concat payload) :: w.to_host

let nobody _ = None

let input w remote segment payload =
  Tcp_host.input w.host ~now:w.now ~listening:(listening w) ~local:99 ~remote
    ~unit_size:0 segment payload

let rec turn w =
  Tcp_host.notify w.host;
  Tcp_host.poll w.host ~now:w.now (emit w);
  let arriving = List.rev w.to_client in
  w.to_client <- [];
  let deliver (s, payload) =
    Tcp_host.input w.client ~now:w.now ~listening:nobody ~local:good ~remote:99
      ~unit_size:0 s payload
  in
  List.iter deliver arriving;
  Tcp_host.notify w.client;
  Tcp_host.poll w.client ~now:w.now (emit_client w);
  let leaving = List.rev w.to_host in
  w.to_host <- [];
  List.iter (fun (s, payload) -> input w good s payload) leaving;
  if arriving <> [] || leaving <> [] || Tcp_host.is_busy w.host then turn w

(* Lets time pass, with the timers that expire in it. *)
let rec pass w until =
  let due = Int.min (Tcp_host.deadline w.host) (Tcp_host.deadline w.client) in
  if due <= until then begin
    w.now <- Int.max w.now due;
    turn w;
    pass w until
  end
  else begin
    w.now <- until;
    turn w
  end

(* {2 What a peer does} *)

let sequence n = Tcp_sequence.of_int (n land 0xffff_ffff)
let frame_bytes = 2048

(* As it arrives: within the buffer of a frame. *)
let payload length =
  Cstruct.sub (Cstruct.create_unsafe (Int.max frame_bytes length)) 0 length

let sack w p =
  let span = Int.max 1 ((p.theirs - p.told) land 0xffff) in
  let block _ =
    let left = p.told + random w span in
    (sequence left, sequence (left + 1 + random w 3000))
  in
  List.init (random w 4) block

let options w p =
  p.stamp <- p.stamp + random w 3;
  let value = if one_in w 10 then random w 0xffff_fff else p.stamp in
  let timestamps =
    if one_in w 3 then None
    else Some { Tcp_segment.value; echo = (w.now / 1_000_000) - random w 3 }
  in
  let sack = if one_in w 4 then sack w p else [] in
  { Tcp_segment.no_options with timestamps; sack }

let windows = [| 0; 0; 1; 100; 1460; 20_000; 65_535; 65_535 |]

let acknowledgement w p =
  match random w 12 with
  | 0 -> p.theirs + 1 + random w 3000
  | 1 -> p.told - 1 - random w 3000
  | 2 | 3 | 4 ->
      if p.told <> p.theirs then p.told <- p.told + 1;
      p.told
  | 5 | 6 -> p.told
  | _ ->
      p.told <- p.theirs;
      p.told

let send w p ?(control = Tcp_segment.Plain) ?acknowledgement:given ~at length =
  let ack = match given with Some a -> a | None -> Some (acknowledgement w p) in
  w.arrived <- w.arrived + 1;
  input w p.remote
    {
      Tcp_segment.source_port = p.port;
      destination_port = 81;
      sequence = sequence at;
      acknowledgement = Option.map sequence ack;
      control;
      push = false;
      window = pick w windows;
      options = (if control = Syn then pick w [| Tcp_script.modern; Tcp_script.plain |] else options w p);
    }
    (payload length)

let lengths = [| 1; 1; 10; 500; 1460; 1460; 9000 |]

let rec act w p =
  match random w 40 with
  | 0 | 1 | 2 -> send w p ~control:Syn ~acknowledgement:None ~at:(random w 0x3fff_ffff) 0
  | 3 -> send w p ~control:Fin ~at:p.next (pick w [| 0; 0; 100 |])
  | 4 -> send w p ~control:Fin ~at:(p.next + random w 60_000) 0
  | 5 when one_in w 3 -> send w p ~control:Reset ~at:p.next 0
  | 6 -> send w p ~control:Reset ~at:(p.next + random w 60_000) 0
  | 7 -> send w p ~at:(p.next - random w 5000) (pick w lengths)
  | 8 -> send w p ~at:(random w 0x3fff_ffff) (pick w lengths)
  | n when n < 16 -> send w p ~at:(p.next + random w 60_000) (pick w lengths)
  | n when n < 26 ->
      for _ = 0 to random w 12 do
        send w p ~at:p.next (pick w lengths)
      done
  | n when n < 30 ->
      for i = 1 to 1 + random w 60 do
        send w p ~at:(p.next + (2 * i)) 1
      done
  | 30 -> note "handshakes"; open_ w p
  | _ -> send w p ~at:p.next 0

and open_ w p =
  send w p ~control:Syn ~acknowledgement:None ~at:(random w 0x3fff_ffff) 0;
  turn w;
  send w p ~acknowledgement:(Some p.theirs) ~at:p.next 0

(* All of them at once, with segments of one kind: those which take most memory. *)
let fill w =
  let count, length, distance =
    pick w [| (12, 1460, 0); (60, 1, 0); (60, 1, 2); (40, 100, 200); (20, 1460, 1500) |]
  in
  let each p =
    let from = p.next in
    for i = 1 to count do
      let at = if distance = 0 then p.next else from + (distance * i) in
      send w p ~acknowledgement:(Some p.theirs) ~at length;
      if distance = 0 && i mod 4 = 0 then turn w
    done
  in
  List.iter each w.peers

let pauses = [| 0; 0; 1_000; ms 1; ms 30; ms 300; second; 5 * second; 70 * second |]

(* {2 A run} *)

let world run =
  let identity ~local ~remote = Printf.sprintf "%d %d" local remote in
  let host config secret =
    Tcp_host.create config ~secret ~identity ~mss:(fun _ -> 1460)
      ~header_bytes:(fun _ -> 40)
  in
  let random = Random.State.make [| Seeded.seed; run |] in
  let memory = memories.(Random.State.int random (Array.length memories)) in
  let config = limits memory in
  {
    random;
    memory;
    busy = Random.State.int random 3 = 0;
    config;
    host = host config "the host's secret";
    client = host Tcp_config.default "the client's secret";
    now = second;
    peers = [];
    served = [];
    written = 0;
    arrived = 0;
    empty = 0;
    bytes = 0;
    answered = 0;
    to_client = [];
    to_host = [];
  }

let peer w i =
  { port = 5000 + i; remote = 1 + (i mod 3); next = 0; told = 0; theirs = 0; stamp = random w 1000 }

let question = 700

let client_of w =
  match
    Tcp_host.connect w.client ~now:w.now ~local:good ~remote:99 ~remote_port:good_port
  with
  | None -> failwith "the client found no port"
  | Some c ->
      Tcp_host.on_change c (fun () ->
          match Tcp_connection.read (control c) ~now:w.now with
          | None -> ()
          | Some data ->
              Tcp_host.touch w.client c;
              w.answered <- w.answered + Cstruct.length data);
      turn w;
      c

let ask w client =
  Tcp_connection.write (control client) [ Cstruct.create_unsafe question ];
  Tcp_host.touch w.client client;
  turn w

let check_connections w =
  let check (c, _) =
    let control = control c in
    note (Format.asprintf "in %a" Tcp_state.pp control.state);
    if control.abandoned then note "abandoned";
    if control.abandoned && control.linger_bytes > 0 then note "lingering";
    if control.send_window = 0 then note "no window";
    if Tcp_receive.has_sack control.receive then note "out of order";
    Tcp_invariants.check control
  in
  List.iter check w.served

(* Each of the host's own connections may be over by the least it may hold. *)
let check_memory w =
  let config = w.config in
  let budgets = Tcp_host.budgets w.host in
  let least = config.connections_max * 2 * (1460 + 256 + frame_bytes) in
  let taken = config.receive_total - Tcp_budget.left budgets.received in
  if taken > config.receive_total / 2 then note "received: full";
  if Tcp_budget.left budgets.written < config.send_total / 2 then note "written: full";
  if Tcp_host.connections w.host = config.connections_max then note "connections: full";
  Case.check "received data beyond the budget" (taken <= config.receive_total + least);
  Case.check "too many connections" (Tcp_host.connections w.host <= config.connections_max);
  Case.check "too many in TIME-WAIT" (Tcp_host.time_waits w.host <= config.time_wait_max)

let attack w client =
  let steps = 5 + random w 12 in
  for _ = 1 to steps do
    if w.busy && one_in w 8 then fill w
    else act w (List.nth w.peers (random w (List.length w.peers)));
    turn w;
    List.iter (fun (c, program) -> if one_in w 4 then go_on w c program) w.served;
    if one_in w 3 then pass w (w.now + pick w pauses);
    if one_in w 4 then ask w client;
    check_connections w;
    check_memory w
  done

let let_go w =
  let go (c, _) =
    (control c).reader <- (fun () -> false);
    close w c;
    if one_in w 2 then Tcp_host.abandon w.host ~now:w.now c
  in
  List.iter go w.served

(* The peers go on, but open nothing. *)
let drain w =
  let p = List.hd w.peers in
  for _ = 1 to 8 do
    send w p ~at:(p.next + random w 3) (random w 3);
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
  let state (c, _) = Format.asprintf "%a" Tcp_state.pp (control c).Tcp_control.state in
  let what =
    Printf.sprintf "%d connections are left: %s" (Tcp_host.connections w.host)
      (String.concat " " (List.map state w.served))
  in
  Case.check what (Tcp_host.connections w.host = 0);
  Case.check "TIME-WAIT" (Tcp_host.time_waits w.host = 0);
  let budgets = Tcp_host.budgets w.host in
  let equal = Case.equal string_of_int in
  equal "given back, received" config.receive_total (Tcp_budget.left budgets.received);
  equal "given back, written" config.send_total (Tcp_budget.left budgets.written)

let run number =
  let w = world number in
  let began = w.now in
  let client = client_of w in
  w.peers <- List.init (1 + random w 14) (peer w);
  List.iter (fun p -> if not (one_in w 4) then open_ w p) w.peers;
  attack w client;
  ask w client;
  pass w (w.now + (3 * second));
  let written = Tcp_send_queue.tail (control client).queue - (control client).iss - 1 in
  Case.equal string_of_int "the good client's answers" written w.answered;
  if number mod 50 = 0 then Held_memory.check w.host ~most:(w.memory / 2);
  check_rates w ~began;
  let_go w;
  Tcp_connection.close (control client) ~now:w.now;
  Tcp_host.touch w.client client;
  drain w;
  check_gone w

let all () =
  for number = 1 to runs do
    try run number
    with e -> failwith (Printf.sprintf "run %d: %s" number (Printexc.to_string e))
  done;
  let lines = List.sort compare (List.of_seq (Hashtbl.to_seq counts)) in
  List.iter (fun (what, n) -> Printf.printf "        %-16s %9d\n" what n) lines

let () =
  match Case.setting "STACK_RUN" 0 with
  | 0 -> Case.case "bad peers" all
  | number -> Case.case (Printf.sprintf "run %d" number) (fun () -> run number)
