type 'a key = {
  salted_port : int;
      (* the local port, under a salt that keeps remotes from choosing which
         keys collide *)
  remote_port : int;
  remote : 'a;
  local : 'a;
}

let salted ~salt port = (salt lsl 16) lor port
let port_of key = key.salted_port land 0xffff

type 'a connection = {
  key : 'a key;
  control : Tcp_control.t;
  mutable slot : 'a connection Tcp_agenda.slot option;
  mutable dirty : bool;
  mutable waiting_accept : ('a connection -> unit) option;
  mutable changed : unit -> unit;
}

type 'a entry =
  | Connection of 'a connection
  | Time_wait of Tcp_time_wait.t

type 'a listener = {
  keepalive : Tcp_control.keepalive option;
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
  table : ('a key, 'a entry) Hashtbl.t;
  agenda : 'a connection Tcp_agenda.t;
  dirty : 'a connection Queue.t;
  notices : (unit -> unit) Queue.t;
  replies : ('a key * Tcp_segment.t) Queue.t;
  time_waits : ('a key * Tcp_time_wait.t) Queue.t;
  mutable connections : int;
  mutable half_open : int;
  mutable cookies_until : int;
  mutable next_port : int;
  mutable burst_max : int;
}

let create config ~secret ~identity ~mss =
  let secret = Tcp_secret.create secret in
  {
    config;
    secret;
    salt = Tcp_secret.salt secret;
    identity;
    mss;
    table = Hashtbl.create 64;
    agenda = Tcp_agenda.create ();
    dirty = Queue.create ();
    notices = Queue.create ();
    replies = Queue.create ();
    time_waits = Queue.create ();
    connections = 0;
    half_open = 0;
    cookies_until = 0;
    next_port = 0;
    burst_max = 0;
  }

let control c = c.control

let set_burst_max t ~owner bytes =
  t.burst_max <- bytes;
  let set c = Tcp_connection.set_burst_max c.control bytes in
  Option.iter set owner

let remote c = (c.key.remote, c.key.remote_port)
let local_port c = port_of c.key
let on_change c changed = c.changed <- changed
let connections t = t.connections
let half_open t = t.half_open
let time_waits t = Queue.length t.time_waits

let touch t (c : _ connection) =
  if not c.dirty then begin
    c.dirty <- true;
    Queue.add c t.dirty
  end

let hold t c held =
  c.control.held <- held;
  if not held then touch t c

(* Answers that belong to no connection: a flood gets no more than these
   between two polls. *)
let replies_max = 256

let reply t key segment =
  if Queue.length t.replies < replies_max then
    Queue.add (key, segment) t.replies

let reply_reset t key h ~payload =
  Option.iter (reply t key) (Tcp_output.reply_reset h ~payload)

(* {2 Coming and going} *)

let add t key control ~waiting_accept =
  let c =
    {
      key;
      control;
      slot = None;
      dirty = false;
      waiting_accept;
      changed = ignore;
    }
  in
  c.slot <- Some (Tcp_agenda.slot c);
  Hashtbl.replace t.table key (Connection c);
  t.connections <- t.connections + 1;
  if Option.is_some waiting_accept then t.half_open <- t.half_open + 1;
  touch t c;
  c

let schedule t c at =
  Option.iter (fun slot -> Tcp_agenda.schedule t.agenda slot at) c.slot

let remove t c =
  Hashtbl.remove t.table c.key;
  schedule t c Tcp_control.never;
  c.slot <- None;
  t.connections <- t.connections - 1

let drop_time_wait t (key, late) =
  match Hashtbl.find_opt t.table key with
  | Some (Time_wait current) when current == late ->
      Hashtbl.remove t.table key
  | Some (Time_wait _ | Connection _) | None -> ()

let enter_time_wait t c ~now =
  remove t c;
  let late = Tcp_time_wait.of_control c.control ~now in
  Hashtbl.replace t.table c.key (Time_wait late);
  Queue.add (c.key, late) t.time_waits;
  if Queue.length t.time_waits > t.config.time_wait_max then
    drop_time_wait t (Queue.take t.time_waits)

let rec expire_time_waits t ~now =
  match Queue.peek_opt t.time_waits with
  | Some ((_, late) as entry) when Tcp_time_wait.expires_at late <= now ->
      ignore (Queue.take t.time_waits : 'a key * Tcp_time_wait.t);
      drop_time_wait t entry;
      expire_time_waits t ~now
  | Some _ | None -> ()

let settle_accept t c =
  match (c.waiting_accept, c.control.state) with
  | None, _ | Some _, (Syn_received | Syn_sent) -> ()
  | Some accepted, (Established | Close_wait) ->
      c.waiting_accept <- None;
      t.half_open <- t.half_open - 1;
      Queue.add (fun () -> accepted c) t.notices
  | ( Some _,
      (Closed | Fin_wait_1 | Fin_wait_2 | Closing | Last_ack | Time_wait) ) ->
      c.waiting_accept <- None;
      t.half_open <- t.half_open - 1

let announce t c =
  settle_accept t c;
  if c.control.changed then begin
    c.control.changed <- false;
    Queue.add (fun () -> c.changed ()) t.notices
  end

(* After whatever happened to a connection. *)
let settle t c ~now =
  announce t c;
  if Option.is_some c.slot then
    match c.control.state with
    | Closed -> remove t c
    | Time_wait -> enter_time_wait t c ~now
    | Syn_sent | Syn_received | Established | Fin_wait_1 | Fin_wait_2
    | Close_wait | Closing | Last_ack ->
        schedule t c (Tcp_connection.deadline c.control)

(* {2 Opening} *)

let first_port = 32_768
let last_port = 60_999

let identity t key =
  let pair = t.identity ~local:key.local ~remote:key.remote in
  Printf.sprintf "%s%d %d" pair (port_of key) key.remote_port

let rec free_port t key ~offset tries =
  if tries = 0 then None
  else begin
    let range = last_port - first_port + 1 in
    let local_port = first_port + ((offset + t.next_port) mod range) in
    t.next_port <- (t.next_port + 1) mod range;
    let key = { key with salted_port = salted ~salt:t.salt local_port } in
    if Hashtbl.mem t.table key then free_port t key ~offset (tries - 1)
    else Some key
  end

let connect t ~now ~local ~remote ~remote_port =
  let salted_port = salted ~salt:t.salt 0 in
  let key = { salted_port; local; remote; remote_port } in
  let offset = Tcp_secret.port_offset t.secret (identity t key) in
  let tries = last_port - first_port + 1 in
  if t.connections >= t.config.connections_max then None
  else
    let opened key =
      let identity = identity t key in
      Tcp_connection.connect t.config ~now ~local_port:(port_of key)
        ~remote_port ~local_mss:(t.mss remote) ~burst_max:t.burst_max
        ~iss:(Tcp_secret.initial_sequence t.secret ~now identity)
        ~stamp_offset:(Tcp_secret.stamp_offset t.secret identity)
      |> add t key ~waiting_accept:None
    in
    Option.map opened (free_port t key ~offset tries)

let accept t ~now key listener (h : Tcp_segment.t) =
  let identity = identity t key in
  let control =
    Tcp_connection.accept t.config ~now ~local_mss:(t.mss key.remote)
      ~burst_max:t.burst_max
      ~iss:(Tcp_secret.initial_sequence t.secret ~now identity)
      ~stamp_offset:(Tcp_secret.stamp_offset t.secret identity)
      h
  in
  Option.iter (Tcp_connection.keep_alive control) listener.keepalive;
  let waiting_accept = Some listener.accepted in
  ignore (add t key control ~waiting_accept : 'a connection)

let cookie_life_ns = 128_000_000_000

let answer_cookie t ~now key h =
  t.cookies_until <- now + cookie_life_ns;
  let identity = identity t key and local_mss = t.mss key.remote in
  reply t key
    (Tcp_cookie.answer t.secret t.config ~now ~identity ~local_mss h)

let syn_arrived t ~now ~listening key (h : Tcp_segment.t) ~payload =
  match listening (port_of key) with
  | None -> reply_reset t key h ~payload
  | Some listener ->
      if t.connections >= t.config.connections_max then ()
      else if t.half_open >= t.config.backlog then answer_cookie t ~now key h
      else accept t ~now key listener h

(* {2 Segments} *)

let deliver t c ~now ~unit_size h payload =
  (match Tcp_connection.input c.control ~now ~unit_size h payload with
  | Taken -> ()
  | Stray -> reply_reset t c.key h ~payload:(Cstruct.length payload));
  announce t c;
  touch t c

let cookie_arrived t ~now ~listening key ~unit_size h payload =
  let identity = identity t key in
  let stray () = reply_reset t key h ~payload:(Cstruct.length payload) in
  match
    (listening (port_of key), Tcp_cookie.check t.secret ~now ~identity h)
  with
  | Some listener, Some options
    when t.connections < t.config.connections_max ->
      let control =
        Tcp_connection.accept_cookie t.config ~now
          ~local_mss:(t.mss key.remote) ~burst_max:t.burst_max
          ~stamp_offset:(Tcp_secret.stamp_offset t.secret identity)
          h ~options
      in
      Option.iter (Tcp_connection.keep_alive control) listener.keepalive;
      let waiting_accept = Some listener.accepted in
      deliver t (add t key control ~waiting_accept) ~now ~unit_size h payload
  | Some _, (Some _ | None) | None, (Some _ | None) -> stray ()

let unknown t ~now ~listening key ~unit_size (h : Tcp_segment.t) payload =
  let payload_length = Cstruct.length payload in
  match (h.control, h.acknowledgement) with
  | Syn, None -> syn_arrived t ~now ~listening key h ~payload:payload_length
  | (Plain | Fin), Some _ when now < t.cookies_until ->
      cookie_arrived t ~now ~listening key ~unit_size h payload
  | (Plain | Fin | Syn | Reset), (Some _ | None) ->
      reply_reset t key h ~payload:payload_length

let late_segment t late ~now ~listening key h ~payload =
  match Tcp_time_wait.input late ~now h ~payload with
  | Ignore -> ()
  | Answer segment -> reply t key segment
  | Reopen ->
      Hashtbl.remove t.table key;
      syn_arrived t ~now ~listening key h ~payload

let input t ~now ~listening ~local ~remote ~unit_size (h : Tcp_segment.t)
    payload =
  let salted_port = salted ~salt:t.salt h.destination_port in
  let key = { salted_port; local; remote; remote_port = h.source_port } in
  let length = Cstruct.length payload in
  let unit_size = if unit_size = 0 then length else unit_size in
  match Hashtbl.find_opt t.table key with
  | Some (Connection c) -> deliver t c ~now ~unit_size h payload
  | Some (Time_wait late) ->
      late_segment t late ~now ~listening key h ~payload:length
  | None -> unknown t ~now ~listening key ~unit_size h payload

(* {2 Output} *)

let emit_of c (emit : 'a emit) segment payload ~length ~unit_size =
  emit ~owner:(Some c) ~local:c.key.local ~remote:c.key.remote segment payload
    ~length ~unit_size

let abort t ~now c emit =
  Tcp_connection.abort c.control ~now (emit_of c emit);
  settle t c ~now

let rec run_timers t ~now emit =
  match Tcp_agenda.take_due t.agenda ~now with
  | None -> ()
  | Some c ->
      Tcp_connection.expire c.control ~now (emit_of c emit);
      touch t c;
      run_timers t ~now emit

let flush t (c : _ connection) ~now emit =
  c.dirty <- false;
  Tcp_connection.flush c.control ~now (emit_of c emit);
  settle t c ~now

let send_reply (key, segment) (emit : 'a emit) =
  emit ~owner:None ~local:key.local ~remote:key.remote segment [] ~length:0
    ~unit_size:0

let poll t ~now emit =
  expire_time_waits t ~now;
  run_timers t ~now emit;
  while not (Queue.is_empty t.dirty) do
    flush t (Queue.take t.dirty) ~now emit
  done;
  while not (Queue.is_empty t.replies) do
    send_reply (Queue.take t.replies) emit
  done

let notify t =
  while not (Queue.is_empty t.notices) do
    (Queue.take t.notices) ()
  done

let deadline t =
  let late =
    match Queue.peek_opt t.time_waits with
    | Some (_, late) -> Tcp_time_wait.expires_at late
    | None -> Tcp_control.never
  in
  min late (Tcp_agenda.earliest t.agenda)

let is_busy t =
  not
    (Queue.is_empty t.dirty && Queue.is_empty t.replies
    && Queue.is_empty t.notices)
