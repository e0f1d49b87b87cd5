(* Every number of a TCB is unwrapped: a plain integer that grows without end, so
   that comparison is comparison. 62 bits last for a century at
   10 Gbit/s. Only headers have 32 bits (Tcp_sequence.unwrap). *)

type failure = Timed_out | Refused | Was_reset | Unreachable of string
type budgets = { received : Tcp_budget.t; written : Tcp_budget.t }

let budgets (config : Tcp_config.t) =
  {
    received = Tcp_budget.create config.receive_total;
    written = Tcp_budget.create config.send_total;
  }

type keepalive = { after_ns : int; interval_ns : int; probes : int }
type timer = Retransmission | Tail_loss_probe | Zero_window_probe

type t = {
  config : Tcp_config.t;
  local_port : int;
  remote_port : int;
  local_mss : int;
  iss : int;
  mutable state : Tcp_state.t;
  mutable failure : failure option;
  queue : Tcp_send_queue.t;
  scoreboard : Tcp_scoreboard.t;
  mutable una : int;
  mutable nxt : int;
  mutable send_window : int;
  mutable send_window_max : int;
  mutable wl1 : int;
  mutable wl2 : int;
  mutable send_shift : int;
  mutable scaled : bool;
  mutable mss : int;
  mutable mss_negotiated : int;
  mutable tso_max : int;
  mutable fin_queued : bool;
  mutable nodelay_until : int;
  mutable small_until : int;
  rtt : Tcp_rtt.t;
  rack : Tcp_rack.t;
  recovery : Tcp_recovery.t;
  mutable congestion : Tcp_congestion.t;
  mutable sack : bool;
  mutable duplicates : int;
  mutable window_used : bool;
  mutable sent_at : int;
  mutable tail_probe : int option;
  mutable soft_error : string option;
  mutable header_bytes : int;
  mutable path : int;
  mutable mss_confirmed : bool;
  mutable path_probe : int;
  mutable path_probe_size : int;
  mutable path_probes : int;
  mutable raise_at : int;
  mutable path_changed : bool;
  receive : Tcp_receive.t;
  mutable received_at : int;
  ts_offset : int;
  mutable timestamps : bool;
  mutable ts_recent : int;
  mutable ts_recent_at : int;
  mutable timer : timer;
  mutable retransmit_at : int;
  mutable progress_at : int;
  mutable retries : int;
  mutable reorder_at : int;
  mutable close_deadline : int;
  mutable reader : unit -> bool;
  mutable used_at : int;
  mutable abandoned : bool;
  mutable linger_bytes : int;
  mutable keepalive : keepalive option;
  mutable keepalive_at : int;
  mutable keepalive_probes : int;
  mutable challenge_at : int;
  mutable probe_due : bool;
  mutable backpressured : bool;
  mutable changed : bool;
}

let never = max_int
let none = -1
let v4_header_bytes = 40

(* Unwrapped numbers start at 2^32, so that none is ever negative. *)
let first_wrap = 1 lsl 32
let unwrapped sequence = first_wrap + Tcp_sequence.to_int sequence

let nobody () = false

let create (config : Tcp_config.t) budgets ~now ~local_port ~remote_port ~local_mss
    ~iss ~ts_offset =
  let iss = unwrapped iss in
  {
    config;
    local_port;
    remote_port;
    local_mss;
    iss;
    state = Closed;
    failure = None;
    queue = Tcp_send_queue.create budgets.written (iss + 1);
    scoreboard = Tcp_scoreboard.create ();
    una = iss;
    nxt = iss;
    send_window = 0;
    send_window_max = 0;
    wl1 = 0;
    wl2 = 0;
    send_shift = 0;
    scaled = false;
    mss = local_mss;
    mss_negotiated = local_mss;
    tso_max = 0;
    fin_queued = false;
    nodelay_until = 0;
    small_until = 0;
    rtt = Tcp_rtt.create config;
    rack = Tcp_rack.create ();
    recovery = Tcp_recovery.create ();
    congestion = Tcp_congestion.create config.algorithm ~mss:local_mss;
    sack = false;
    duplicates = 0;
    window_used = false;
    sent_at = now;
    tail_probe = None;
    soft_error = None;
    header_bytes = v4_header_bytes;
    path = local_mss + v4_header_bytes;
    mss_confirmed = false;
    path_probe = none;
    path_probe_size = 0;
    path_probes = 0;
    raise_at = never;
    path_changed = false;
    receive = Tcp_receive.create config budgets.received;
    received_at = now;
    ts_offset;
    timestamps = false;
    ts_recent = 0;
    ts_recent_at = now;
    timer = Retransmission;
    retransmit_at = never;
    progress_at = now;
    retries = 0;
    reorder_at = never;
    close_deadline = never;
    reader = nobody;
    used_at = now;
    abandoned = false;
    linger_bytes = 0;
    keepalive = None;
    keepalive_at = never;
    keepalive_probes = 0;
    challenge_at = now;
    probe_due = false;
    backpressured = false;
    changed = false;
  }

(* Readers, writers and who waits for the end of a connection are woken by
   [changed]. *)
let step c event =
  match Tcp_state.next c.state event with
  | Some state ->
      c.state <- state;
      c.changed <- true
  | None -> invalid_arg (Format.asprintf "TCP event in %a" Tcp_state.pp c.state)

(* Who sent before he could know of our close still gets what we wrote: a reset
   would take it from him (RFC 2525 section 2.17 has the reset, HTTP servers that
   answer early have the reason to wait). *)
let half_closed c ~now =
  let lingers = c.abandoned && Tcp_receive.has_dropped c.receive in
  c.linger_bytes <- (if lingers then c.config.linger_bytes else 0);
  c.close_deadline <-
    (now + if lingers then c.config.linger_ns else c.config.fin_wait_2_ns)

let stop_timers c =
  c.retransmit_at <- never;
  c.reorder_at <- never;
  c.close_deadline <- never;
  c.keepalive_at <- never

(* What was received in order stays: its reader may still get it. *)
let fail c failure =
  if c.state <> Closed then begin
    c.failure <- Some failure;
    step c Give_up;
    stop_timers c;
    Tcp_send_queue.release c.queue max_int;
    Tcp_receive.discard c.receive
  end

let window_shift (config : Tcp_config.t) =
  let rec fit shift =
    if shift = 14 || config.receive_buffer_max lsr shift <= 0xffff then shift
    else fit (shift + 1)
  in
  fit 0

(* RFC 9293 section 3.7.1. *)
let default_mss = 536
let least_mss = 64
let timestamps_bytes = 12

(* The MSS option counts no TCP options (RFC 9293 section 3.7.1): those of every
   segment are deducted here. *)
let options_bytes c = if c.timestamps then timestamps_bytes else 0
let payload_within c packet = Int.max least_mss (packet - c.header_bytes - options_bytes c)
let path_mss c = Int.min c.mss_negotiated (payload_within c c.path)

let negotiate_mss c (options : Tcp_segment.options) =
  let peer = Option.value options.mss ~default:default_mss in
  c.mss_negotiated <- Int.max least_mss (Int.min peer c.local_mss - options_bytes c);
  c.mss <- path_mss c;
  c.congestion <- Tcp_congestion.create c.config.algorithm ~mss:c.mss

(* An option counts when both SYNs had it; ours offers all. The window of a SYN is
   not scaled (RFC 7323 section 2.2). *)
let negotiate c ~now (syn : Tcp_segment.t) =
  let options = syn.options in
  Option.iter
    (fun (stamps : Tcp_segment.timestamps) ->
       c.timestamps <- true;
       c.ts_recent <- stamps.value;
       c.ts_recent_at <- now)
    options.timestamps;
  c.sack <- options.sack_permitted;
  negotiate_mss c options;
  let shift, ours =
    match options.window_shift with
    | Some shift -> (shift, window_shift c.config)
    | None -> (0, 0)
  in
  c.scaled <- Option.is_some options.window_shift;
  c.send_shift <- shift;
  c.send_window <- syn.window;
  c.send_window_max <- syn.window;
  let irs = unwrapped syn.sequence in
  c.wl1 <- irs;
  Tcp_receive.start c.receive ~now ~next:(irs + 1) ~mss:c.local_mss ~shift:ours

(* RFC 7323 section 5.4 asks for a clock of 1 ms to 1 s a tick. *)
let stamp c ~now = ((now / 1_000_000) + c.ts_offset) land 0xffff_ffff

(* Each duplicate acknowledgement of a peer without SACK tells that some
   segment left the network (RFC 6675 does without such guessing). *)
let pipe c =
  let in_flight = Tcp_scoreboard.in_flight c.scoreboard in
  if c.duplicates = 0 then in_flight
  else Int.max 0 (in_flight - (c.duplicates * c.mss))

let chunks_max = 4096
let stream_end c = Tcp_send_queue.tail c.queue
let fin_sent c = c.nxt > stream_end c
