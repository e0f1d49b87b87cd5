(* Segments to connections, by the four-tuple, and everything that concerns them all:
   ports, SYN cookies, the budget of memory, resets within a rate. Strangers decide
   what comes here, so each thing that a segment can make this keep or send has a
   bound. When connections or memory run short, those go first that nobody would miss:
   closed by their programs, then silent for long. *)

open Tcp_connection_table

type 'a connection = 'a Tcp_connection_table.connection

type 'a listener = {
  keepalive : Tcp_tcb.keepalive option;
  accepted : 'a connection -> unit;
}

type 'a emit =
  owner:'a connection option ->
  local:'a ->
  remote:'a ->
  Tcp_segment.t ->
  Cstruct.t list ->
  length:int ->
  unit_size:int ->
  unit

type 'a t = {
  config : Tcp_config.t;
  secret : Tcp_secret.t;
  salt : int;
  identity : local:'a -> remote:'a -> string;
  mss : 'a -> int;
  header_bytes : 'a -> int;
  paths : 'a Path_mtu.t;
  budgets : Tcp_tcb.budgets;
  table : 'a Tcp_connection_table.t;
  replies : ('a key * Tcp_segment.t) Queue.t;
  mutable resets_left : int;
  mutable resets_from : int;  (* the second for which these are *)
  mutable cookies_until : int;
  mutable next_port : int;
  mutable tso_max : int;
  mutable refused_port : int option;
  mutable reaped_at : int;  (* for silent connections *)
}

(* A thousandth of the memory tells of many destinations. *)
let paths_share = 1024

let create (config : Tcp_config.t) ~secret ~identity ~mss ~header_bytes =
  let secret = Tcp_secret.create secret in
  {
    config;
    secret;
    salt = Tcp_secret.salt secret;
    identity;
    mss;
    header_bytes;
    paths = Path_mtu.create ~bytes:(Memory_size.part paths_share);
    budgets = Tcp_tcb.budgets config;
    table = Tcp_connection_table.create ~time_wait_max:config.time_wait_max;
    replies = Queue.create ();
    resets_left = config.resets_a_second;
    resets_from = 0;
    cookies_until = 0;
    next_port = 0;
    tso_max = 0;
    refused_port = None;
    reaped_at = 0;
  }

let tcb (c : _ connection) = c.tcb

let set_tso_max t ~owner bytes =
  t.tso_max <- bytes;
  let set c = Tcp_connection.set_tso_max (tcb c) bytes in
  Option.iter set owner

let remote (c : _ connection) = (c.key.remote, c.key.remote_port)
let local_port (c : _ connection) = port_of c.key
let on_change = Tcp_connection_table.on_change
let connections t = Tcp_connection_table.connections t.table
let half_open t = Tcp_connection_table.half_open t.table
let time_waits t = Tcp_connection_table.time_waits t.table
let budgets t = t.budgets
let touch t c = Tcp_connection_table.touch t.table c
let set_backpressured t c on = Tcp_connection_table.set_backpressured t.table c on

(* Answers that belong to no connection: a flood gets no more than these
   between two polls. *)
let replies_max = 256

let reply t key segment =
  if Queue.length t.replies < replies_max then
    Queue.add (key, segment) t.replies

let reply_reset t key h ~payload =
  Option.iter (reply t key) (Tcp_segment_builder.reply_reset h ~payload)

let second_ns = 1_000_000_000

let reset_unmatched t ~now key h ~payload =
  if now - t.resets_from >= second_ns then begin
    t.resets_from <- now;
    t.resets_left <- t.config.resets_a_second
  end;
  if t.resets_left > 0 then begin
    t.resets_left <- t.resets_left - 1;
    reply_reset t key h ~payload
  end

(* {2 Opening} *)

let first_port = 32_768
let last_port = 60_999

let identity t key =
  let ports = Bytes.create 4 in
  Bytes.set_uint16_be ports 0 (port_of key);
  Bytes.set_uint16_be ports 2 key.remote_port;
  t.identity ~local:key.local ~remote:key.remote ^ Bytes.unsafe_to_string ports

(* RFC 6056 section 3.3.3: an offset that depends on the destination, and a counter. *)
let rec free_port t key ~offset tries =
  if tries = 0 then None
  else begin
    let range = last_port - first_port + 1 in
    let local_port = first_port + ((offset + t.next_port) mod range) in
    t.next_port <- (t.next_port + 1) mod range;
    let key = { key with salted_port = salted ~salt:t.salt local_port } in
    if Option.is_some (find t.table key) then free_port t key ~offset (tries - 1)
    else Some key
  end

let register t ~now key tcb ~waiting_accept =
  let known = Path_mtu.find t.paths ~now key.remote in
  Tcp_path_mtu.start_at tcb ~header_bytes:(t.header_bytes key.remote) known;
  add t.table key tcb ~waiting_accept

(* {2 When memory is short} *)

let reap t ~now c =
  reply t c.key (Tcp_segment_builder.reset (tcb c) ~now);
  Tcp_tcb.fail (tcb c) Timed_out;
  settle t.table c ~now

let any _ = true
let holds_data c = Tcp_receive.cost (tcb c).receive > 0

(* A few at a time are looked at: this is asked for each segment. *)
let tries = 8

let reap_closing t ~now chosen =
  Option.iter (reap t ~now) (next_closing t.table chosen ~tries)

(* So many times the places that are left may be one port's: however many come
   to some ports, others have room. *)
let port_ratio = 15

let is_full_for t key =
  let left = t.config.connections_max - connections t in
  left <= 0 || accepted_at t.table key > port_ratio * left

let close_wait_idle_ns = 30_000_000_000
let idle_ns = 120_000_000_000

(* Nobody has heard of it for long; of one that its peer has closed, and its
   program has not, for a shorter time. *)
let is_idle ~now c =
  let tcb = tcb c in
  let since = now - Int.max tcb.received_at tcb.used_at in
  Tcp_send_queue.length tcb.queue = 0
  &&
  match tcb.state with
  | Established -> since > idle_ns
  | Close_wait -> since > close_wait_idle_ns
  | Syn_sent | Syn_received | Fin_wait_1 | Fin_wait_2 | Closing | Last_ack
  | Time_wait | Closed -> false

let reaped_at_once = 32

(* All connections are looked at, so this is done seldom. *)
let reap_idle t ~now key =
  if now - t.reaped_at >= second_ns then begin
    t.reaped_at <- now;
    accepted_matching t.table key (is_idle ~now) ~most:reaped_at_once
    |> List.iter (reap t ~now)
  end

(* Those that their programs have closed are reaped for others, and idle ones for
   those that come to the same port. *)
let has_room t ~now key =
  if is_full_for t key then reap_closing t ~now any;
  if is_full_for t key then reap_idle t ~now key;
  not (is_full_for t key)

(* Who asks from here is told by what [connect] returns; nobody tells of these. *)
let has_room_at_port t ~now key =
  let has_room = has_room t ~now key in
  if not has_room then t.refused_port <- Some (port_of key);
  has_room

let take_refused_port t =
  let refused_port = t.refused_port in
  t.refused_port <- None;
  refused_port

let connect t ~now ~local ~remote ~remote_port =
  let salted_port = salted ~salt:t.salt 0 in
  let key = { salted_port; local; remote; remote_port } in
  let offset = Tcp_secret.port_offset t.secret (identity t key) in
  let tries = last_port - first_port + 1 in
  if not (has_room t ~now key) then None
  else
    let opened key =
      let identity = identity t key in
      Tcp_connection.connect t.config t.budgets ~now ~local_port:(port_of key)
        ~remote_port ~local_mss:(t.mss remote) ~tso_max:t.tso_max
        ~iss:(Tcp_secret.initial_sequence t.secret ~now identity)
        ~ts_offset:(Tcp_secret.ts_offset t.secret identity)
      |> fun tcb -> register t ~now key tcb ~waiting_accept:None
    in
    Option.map opened (free_port t key ~offset tries)

let accept t ~now key listener (h : Tcp_segment.t) =
  let identity = identity t key in
  let tcb =
    Tcp_connection.accept t.config t.budgets ~now ~local_mss:(t.mss key.remote)
      ~tso_max:t.tso_max
      ~iss:(Tcp_secret.initial_sequence t.secret ~now identity)
      ~ts_offset:(Tcp_secret.ts_offset t.secret identity)
      h
  in
  Option.iter (Tcp_connection.keep_alive tcb) listener.keepalive;
  let waiting_accept = Some listener.accepted in
  ignore (register t ~now key tcb ~waiting_accept : 'a connection)

let cookie_life_ns = 128_000_000_000

(* Cookies are looked for only while some may be out: at other times an
   acknowledgement of nothing costs no hash. *)
let answer_cookie t ~now key h =
  t.cookies_until <- now + cookie_life_ns;
  let identity = identity t key and local_mss = t.mss key.remote in
  reply t key
    (Tcp_cookie.answer t.secret t.config ~now ~identity ~local_mss h)

(* RFC 4987 section 3.6: state is kept until the backlog is full, cookies are sent
   beyond. *)
let syn_arrived t ~now ~listening key (h : Tcp_segment.t) ~payload =
  match listening (port_of key) with
  | None -> reset_unmatched t ~now key h ~payload
  | Some listener ->
      if not (has_room_at_port t ~now key) then ()
      else if half_open t >= t.config.backlog then answer_cookie t ~now key h
      else accept t ~now key listener h

(* {2 Segments} *)

let deliver t c ~now ~unit_size h payload =
  if Tcp_budget.is_short t.budgets.received then
    reap_closing t ~now holds_data;
  (match Tcp_connection.input c.tcb ~now ~unit_size h payload with
   | Done -> ()
   | Send_reset -> reply_reset t c.key h ~payload:(Cstruct.length payload));
  announce t.table c;
  touch t c

let cookie_arrived t ~now ~listening key ~unit_size h payload =
  let identity = identity t key in
  let reset () = reset_unmatched t ~now key h ~payload:(Cstruct.length payload) in
  match
    (listening (port_of key), Tcp_cookie.check t.secret ~now ~identity h)
  with
  | Some listener, Some options when has_room_at_port t ~now key ->
      let tcb =
        Tcp_connection.accept_cookie t.config t.budgets ~now
          ~local_mss:(t.mss key.remote) ~tso_max:t.tso_max
          ~ts_offset:(Tcp_secret.ts_offset t.secret identity)
          h ~options
      in
      Option.iter (Tcp_connection.keep_alive tcb) listener.keepalive;
      let waiting_accept = Some listener.accepted in
      deliver t (register t ~now key tcb ~waiting_accept) ~now ~unit_size h payload
  | Some _, (Some _ | None) | None, (Some _ | None) -> reset ()

let unmatched t ~now ~listening key ~unit_size (h : Tcp_segment.t) payload =
  let payload_length = Cstruct.length payload in
  match (h.control, h.acknowledgement) with
  | Syn, None -> syn_arrived t ~now ~listening key h ~payload:payload_length
  | (Plain | Fin), Some _ when now < t.cookies_until ->
      cookie_arrived t ~now ~listening key ~unit_size h payload
  | (Plain | Fin | Syn | Reset), (Some _ | None) ->
      reset_unmatched t ~now key h ~payload:payload_length

let time_wait_segment t time_wait ~now ~listening key h ~payload =
  match Tcp_time_wait.input time_wait ~now h ~payload with
  | Ignore -> ()
  | Answer segment -> reply t key segment
  | Reopen syn ->
      forget t.table key;
      syn_arrived t ~now ~listening key syn ~payload

let input t ~now ~listening ~local ~remote ~unit_size (h : Tcp_segment.t)
    payload =
  let salted_port = salted ~salt:t.salt h.destination_port in
  let key = { salted_port; local; remote; remote_port = h.source_port } in
  let length = Cstruct.length payload in
  let unit_size = if unit_size = 0 then length else unit_size in
  match find t.table key with
  | Some (Connection c) -> deliver t c ~now ~unit_size h payload
  | Some (Time_wait time_wait) ->
      time_wait_segment t time_wait ~now ~listening key h ~payload:length
  | None -> unmatched t ~now ~listening key ~unit_size h payload

(* An ICMP error names addresses and ports as they were sent; TIME-WAIT needs none. *)
let report t ~now ~local_port ~remote_port ~is_between ~sequence reason =
  let wanted (c : _ connection) = is_between ~local:c.key.local ~remote:c.key.remote in
  let salted_port = salted ~salt:t.salt local_port in
  match find_by_ports t.table ~salted_port ~remote_port wanted with
  | None -> ()
  | Some c ->
      Tcp_connection.report c.tcb ~now ~sequence reason;
      touch t c

(* {2 Output} *)

let emit_of (c : _ connection) (emit : 'a emit) segment payload ~length
    ~unit_size =
  emit ~owner:(Some c) ~local:c.key.local ~remote:c.key.remote segment payload
    ~length ~unit_size

let abandon t ~now c =
  Tcp_connection.abandon (tcb c) ~now;
  touch t c

let abort t ~now c emit =
  Tcp_connection.abort (tcb c) ~now (emit_of c emit);
  settle t.table c ~now

let rec run_timers t ~now emit =
  match next_due t.table ~now with
  | None -> ()
  | Some c ->
      Tcp_connection.expire (tcb c) ~now (emit_of c emit);
      touch t c;
      run_timers t ~now emit

let note_path t ~now (c : _ connection) =
  if c.tcb.path_changed then begin
    c.tcb.path_changed <- false;
    Path_mtu.learn t.paths ~now c.key.remote c.tcb.path
  end

(* Flushing may mark others dirty: they are done in the same poll. *)
let rec flush_dirty t ~now emit =
  match next_dirty t.table with
  | None -> ()
  | Some c ->
      Tcp_connection.flush (tcb c) ~now (emit_of c emit);
      note_path t ~now c;
      settle t.table c ~now;
      flush_dirty t ~now emit

let send_reply (key, segment) (emit : 'a emit) =
  emit ~owner:None ~local:key.local ~remote:key.remote segment [] ~length:0
    ~unit_size:0

let poll t ~now emit =
  expire_time_waits t.table ~now;
  run_timers t ~now emit;
  flush_dirty t ~now emit;
  while not (Queue.is_empty t.replies) do
    send_reply (Queue.take t.replies) emit
  done

let notify t = Tcp_connection_table.notify t.table
let deadline t = Tcp_connection_table.deadline t.table
let is_busy t = Tcp_connection_table.is_busy t.table || not (Queue.is_empty t.replies)
