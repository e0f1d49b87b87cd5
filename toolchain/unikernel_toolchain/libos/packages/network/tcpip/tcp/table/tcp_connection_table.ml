(* A connection passes through here three times: by its key when a segment comes, as
   [dirty] when something is to be flushed, and by [timers] when one expires. Flushing
   waits for the end of the turn, so many segments get one answer; owners are notified
   from a queue, never from within, so that what they call finds the table whole. *)

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
  tcb : Tcp_tcb.t;
  mutable slot : 'a connection Tcp_timer_queue.slot option;
  mutable dirty : bool;
  mutable closing : bool;
  accepted : bool;
  mutable waiting_accept : ('a connection -> unit) option;
  mutable changed : unit -> unit;
}

type 'a entry =
  | Connection of 'a connection
  | Time_wait of Tcp_time_wait.t

type 'a t = {
  time_wait_max : int;
  table : ('a key, 'a entry) Hashtbl.t;
  by_ports : (int, 'a connection list) Hashtbl.t;
  accepted_at : (int, int) Hashtbl.t;  (* how many, by the port they came to *)
  timers : 'a connection Tcp_timer_queue.t;
  dirty : 'a connection Queue.t;
  notifications : (unit -> unit) Queue.t;
  time_waits : ('a key * Tcp_time_wait.t) Queue.t;
  closing : 'a connection Queue.t;  (* some have left since *)
  mutable closing_count : int;
  mutable connections : int;
  mutable half_open : int;
}

let create ~time_wait_max =
  {
    time_wait_max;
    table = Hashtbl.create 64;
    by_ports = Hashtbl.create 64;
    accepted_at = Hashtbl.create 8;
    timers = Tcp_timer_queue.create ();
    dirty = Queue.create ();
    notifications = Queue.create ();
    time_waits = Queue.create ();
    closing = Queue.create ();
    closing_count = 0;
    connections = 0;
    half_open = 0;
  }

let on_change (c : _ connection) changed = c.changed <- changed
let find t key = Hashtbl.find_opt t.table key

(* {2 By the port that they came to} *)

let accepted_at t key =
  Option.value (Hashtbl.find_opt t.accepted_at key.salted_port) ~default:0

let count_accepted t (c : _ connection) change =
  match accepted_at t c.key + change with
  | 0 -> Hashtbl.remove t.accepted_at c.key.salted_port
  | count -> Hashtbl.replace t.accepted_at c.key.salted_port count

let accepted_matching t key chosen ~most =
  let add _ entry (found, count) =
    match entry with
    | Connection c
      when count < most && c.accepted && c.key.salted_port = key.salted_port && chosen c ->
        (c :: found, count + 1)
    | Connection _ | Time_wait _ -> (found, count)
  in
  fst (Hashtbl.fold add t.table ([], 0))

(* {2 By ports alone} *)

let ports ~salted_port ~remote_port = (salted_port lsl 16) lor remote_port
let ports_of { salted_port; remote_port; _ } = ports ~salted_port ~remote_port

let with_ports t ports = Option.value (Hashtbl.find_opt t.by_ports ports) ~default:[]

let find_by_ports t ~salted_port ~remote_port is_wanted =
  List.find_opt is_wanted (with_ports t (ports ~salted_port ~remote_port))

let list_ports t (c : _ connection) =
  let ports = ports_of c.key in
  Hashtbl.replace t.by_ports ports (c :: with_ports t ports)

let unlist_ports t (c : _ connection) =
  let ports = ports_of c.key in
  match List.filter (fun other -> other != c) (with_ports t ports) with
  | [] -> Hashtbl.remove t.by_ports ports
  | others -> Hashtbl.replace t.by_ports ports others

let forget t key = Hashtbl.remove t.table key
let connections t = t.connections
let half_open t = t.half_open
let time_waits t = Queue.length t.time_waits

let touch t (c : _ connection) =
  if not c.dirty then begin
    c.dirty <- true;
    Queue.add c t.dirty
  end

let set_backpressured t c on =
  c.tcb.backpressured <- on;
  if not on then touch t c

let add t key tcb ~waiting_accept =
  let c =
    {
      key;
      tcb;
      slot = None;
      dirty = false;
      closing = false;
      accepted = Option.is_some waiting_accept;
      waiting_accept;
      changed = ignore;
    }
  in
  c.slot <- Some (Tcp_timer_queue.slot c);
  Hashtbl.replace t.table key (Connection c);
  list_ports t c;
  t.connections <- t.connections + 1;
  if c.accepted then begin
    t.half_open <- t.half_open + 1;
    count_accepted t c 1
  end;
  touch t c;
  c

let schedule t c at =
  Option.iter (fun slot -> Tcp_timer_queue.schedule t.timers slot at) c.slot

(* {2 Closing} *)

let is_listed (c : _ connection) = Option.is_some c.slot

(* Those that have left are looked for once they are the most. *)
let note_closing t (c : _ connection) =
  if c.tcb.fin_queued && not c.closing then begin
    c.closing <- true;
    t.closing_count <- t.closing_count + 1;
    Queue.add c t.closing;
    if Queue.length t.closing > 64 + (2 * t.closing_count) then begin
      let rest = Queue.of_seq (Seq.filter is_listed (Queue.to_seq t.closing)) in
      Queue.clear t.closing;
      Queue.transfer rest t.closing
    end
  end

(* Round robin: whoever was looked at goes to the end, and those that have left on
   their own fall out. *)
let rec next_closing t chosen ~tries =
  match Queue.take_opt t.closing with
  | None -> None
  | Some c when not (is_listed c) -> next_closing t chosen ~tries
  | Some c ->
      Queue.add c t.closing;
      if chosen c then Some c
      else if tries > 1 then next_closing t chosen ~tries:(tries - 1)
      else None

let remove t (c : _ connection) =
  if c.closing then t.closing_count <- t.closing_count - 1;
  Hashtbl.remove t.table c.key;
  unlist_ports t c;
  if c.accepted then count_accepted t c (-1);
  schedule t c Tcp_tcb.never;
  Tcp_receive.release_budget c.tcb.receive;
  c.slot <- None;
  t.connections <- t.connections - 1

(* The key may have been taken by a new connection since. *)
let drop_time_wait t (key, time_wait) =
  match Hashtbl.find_opt t.table key with
  | Some (Time_wait current) when current == time_wait ->
      Hashtbl.remove t.table key
  | Some (Time_wait _ | Connection _) | None -> ()

let enter_time_wait t c ~now =
  remove t c;
  let time_wait = Tcp_time_wait.of_tcb c.tcb ~now in
  Hashtbl.replace t.table c.key (Time_wait time_wait);
  Queue.add (c.key, time_wait) t.time_waits;
  if Queue.length t.time_waits > t.time_wait_max then
    drop_time_wait t (Queue.take t.time_waits)

(* A FIN that came again has put some off: the order is that of the first expiry, and
   one that was put off holds back those behind it for a while. *)
let rec expire_time_waits t ~now =
  match Queue.peek_opt t.time_waits with
  | Some ((_, time_wait) as entry) when Tcp_time_wait.expires_at time_wait <= now ->
      ignore (Queue.take t.time_waits : 'a key * Tcp_time_wait.t);
      drop_time_wait t entry;
      expire_time_waits t ~now
  | Some _ | None -> ()

let complete_accept t c =
  match (c.waiting_accept, c.tcb.state) with
  | None, _ | Some _, (Syn_received | Syn_sent) -> ()
  | Some accepted, (Established | Close_wait) ->
      c.waiting_accept <- None;
      t.half_open <- t.half_open - 1;
      Queue.add (fun () -> accepted c) t.notifications
  | ( Some _,
      (Closed | Fin_wait_1 | Fin_wait_2 | Closing | Last_ack | Time_wait) ) ->
      c.waiting_accept <- None;
      t.half_open <- t.half_open - 1

let announce t c =
  complete_accept t c;
  if c.tcb.changed then begin
    c.tcb.changed <- false;
    Queue.add (fun () -> c.changed ()) t.notifications
  end

(* After whatever happened to a connection. *)
let settle t c ~now =
  announce t c;
  if Option.is_some c.slot then
    match c.tcb.state with
    | Closed -> remove t c
    | Time_wait -> enter_time_wait t c ~now
    | Syn_sent | Syn_received | Established | Fin_wait_1 | Fin_wait_2
    | Close_wait | Closing | Last_ack ->
        note_closing t c;
        schedule t c (Tcp_connection.deadline c.tcb)

let next_dirty t =
  let take (c : _ connection) =
    c.dirty <- false;
    c
  in
  Option.map take (Queue.take_opt t.dirty)

let next_due t ~now = Tcp_timer_queue.take_due t.timers ~now

let notify t =
  while not (Queue.is_empty t.notifications) do
    (Queue.take t.notifications) ()
  done

let deadline t =
  let time_wait =
    match Queue.peek_opt t.time_waits with
    | Some (_, time_wait) -> Tcp_time_wait.expires_at time_wait
    | None -> Tcp_tcb.never
  in
  Int.min time_wait (Tcp_timer_queue.earliest t.timers)

let is_busy t = not (Queue.is_empty t.dirty && Queue.is_empty t.notifications)
