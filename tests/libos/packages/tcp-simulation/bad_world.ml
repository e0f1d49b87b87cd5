let second = 1_000_000_000
let memories = [| 512 * 1024; 2 * 1024 * 1024 |]

let limits memory =
  { (Tcp_config.of_memory memory) with backlog = 4; connections_max = 12; time_wait_max = 6 }

let counts : (string, int) Hashtbl.t = Hashtbl.create 40

let note what =
  let n = Option.value (Hashtbl.find_opt counts what) ~default:0 in
  Hashtbl.replace counts what (n + 1)

(* Who sends to whom: the good client is remote 0. *)
let good = 0

type program = Echo | Answer | Deaf | Source | Reader | Half_closed

type world = {
  random : Random.State.t;
  busy : bool;  (* none of its programs reads *)
  config : Tcp_config.t;
  host : int Tcp_endpoint.t;
  client : int Tcp_endpoint.t;
  mutable now : int;
  mutable peers : Bad_peer.t list;
  mutable served : (int Tcp_endpoint.connection * program) list;
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

let tcb = Tcp_endpoint.tcb
let touch w c = Tcp_endpoint.touch w.host c

let write w c length =
  let buffer = Cstruct.create_unsafe length in
  w.written <- w.written + length;
  Tcp_connection.write (tcb c) [ buffer ];
  touch w c

let close w c =
  Tcp_connection.close (tcb c) ~now:w.now;
  touch w c

let may_write c =
  Tcp_connection.may_write (tcb c) && Tcp_connection.room (tcb c) > 0

let rec read_all w c use =
  match Tcp_connection.read (tcb c) ~now:w.now with
  | None -> ()
  | Some data ->
      touch w c;
      use data;
      read_all w c use

let rec echo w c =
  if may_write c then
    match Tcp_connection.read (tcb c) ~now:w.now with
    | None -> ()
    | Some data ->
        w.written <- w.written + Cstruct.length data;
        Tcp_connection.write (tcb c) [ data ];
        touch w c;
        echo w c

let source w c =
  for _ = 1 to 4 do
    if may_write c then write w c (1 + random w 9000)
  done

let answer w c =
  write w c (1 + random w 60_000);
  close w c;
  if not (one_in w 3) then Tcp_endpoint.abandon w.host ~now:w.now c

let go_on w c = function
  | Echo -> echo w c
  | Source -> source w c
  | Reader | Half_closed -> read_all w c ignore
  | Answer | Deaf -> ()

let start w program c =
  w.served <- (c, program) :: w.served;
  Tcp_endpoint.on_change c (fun () -> go_on w c program);
  match program with
  | Answer -> answer w c
  | Half_closed ->
      close w c;
      (tcb c).reader <- (fun () -> true)
  | Echo | Deaf | Source | Reader -> ()

let programs = [| Echo; Answer; Deaf; Source; Reader; Half_closed |]
let good_port = 80

let listening w port =
  let accepted c =
    note "accepted";
    if port = good_port then start w Echo c
    else start w (if w.busy then Deaf else pick w programs) c
  in
  if port < 90 then Some { Tcp_endpoint.keepalive = None; accepted } else None

(* {2 The wire} *)

let emit w ~owner:_ ~local:_ ~remote (s : Tcp_segment.t) payload ~length ~unit_size:_ =
  if remote = good then w.to_client <- (s, Cstruct.concat payload) :: w.to_client
  else begin
    if s.control = Reset then note "resets";
    if length = 0 then w.empty <- w.empty + 1 else w.bytes <- w.bytes + length;
    List.iter (fun p -> Bad_peer.hears p ~remote s ~length) w.peers
  end

let emit_client w ~owner:_ ~local:_ ~remote:_ s payload ~length:_ ~unit_size:_ =
  w.to_host <- (s, Cstruct.concat payload) :: w.to_host

let nobody _ = None

let input w remote segment payload =
  Tcp_endpoint.input w.host ~now:w.now ~listening:(listening w) ~local:99 ~remote
    ~unit_size:0 segment payload

let rec turn w =
  Tcp_endpoint.notify w.host;
  Tcp_endpoint.poll w.host ~now:w.now (emit w);
  let arriving = List.rev w.to_client in
  w.to_client <- [];
  let deliver (s, payload) =
    Tcp_endpoint.input w.client ~now:w.now ~listening:nobody ~local:good ~remote:99
      ~unit_size:0 s payload
  in
  List.iter deliver arriving;
  Tcp_endpoint.notify w.client;
  Tcp_endpoint.poll w.client ~now:w.now (emit_client w);
  let leaving = List.rev w.to_host in
  w.to_host <- [];
  List.iter (fun (s, payload) -> input w good s payload) leaving;
  if arriving <> [] || leaving <> [] || Tcp_endpoint.is_busy w.host then turn w

(* Lets time pass, with the timers that expire in it. *)
let rec pass w until =
  let due = Int.min (Tcp_endpoint.deadline w.host) (Tcp_endpoint.deadline w.client) in
  if due <= until then begin
    w.now <- Int.max w.now due;
    turn w;
    pass w until
  end
  else begin
    w.now <- until;
    turn w
  end

let create run =
  let identity ~local ~remote = Printf.sprintf "%d %d" local remote in
  let host config secret =
    Tcp_endpoint.create config ~secret ~identity ~mss:(fun _ -> 1460)
      ~header_bytes:(fun _ -> 40)
  in
  let random = Random.State.make [| Seeded.seed; run |] in
  let memory = memories.(Random.State.int random (Array.length memories)) in
  let config = limits memory in
  {
    random;
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
