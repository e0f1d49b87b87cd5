(* A few fields in place of a TCB and its buffers: a server that closes first has more
   connections in TIME-WAIT than in all other states. *)

type t = {
  config : Tcp_config.t;
  local_port : int;
  remote_port : int;
  next : Tcp_sequence.t;  (* of the peer *)
  sent : Tcp_sequence.t;  (* ours *)
  timestamps : bool;
  ts_recent : int;
  ts_offset : int;
  last_at : int;  (* whatever the peer repeats *)
  mutable expires_at : int;
  mutable answer_at : int;
  mutable refused : Tcp_segment.t option;  (* a SYN of low number *)
}

(* Each FIN starts the time afresh; a peer that sends them without end does not
   make it endless. *)
let times = 4

let of_tcb (c : Tcp_tcb.t) ~now =
  {
    config = c.config;
    local_port = c.local_port;
    remote_port = c.remote_port;
    next = Tcp_sequence.of_int (Tcp_receive.next c.receive);
    sent = Tcp_sequence.of_int c.nxt;
    timestamps = c.timestamps;
    ts_recent = c.ts_recent;
    ts_offset = c.ts_offset;
    last_at = now + (times * c.config.time_wait_ns);
    expires_at = now + c.config.time_wait_ns;
    answer_at = now;
    refused = None;
  }

let expires_at t = t.expires_at

type outcome = Ignore | Answer of Tcp_segment.t | Reopen of Tcp_segment.t

let acknowledgement t ~now =
  let value = ((now / 1_000_000) + t.ts_offset) land 0xffff_ffff in
  let timestamps =
    if t.timestamps then Some { Tcp_segment.value; echo = t.ts_recent } else None
  in
  {
    Tcp_segment.source_port = t.local_port;
    destination_port = t.remote_port;
    sequence = t.sent;
    acknowledgement = Some t.next;
    control = Plain;
    push = false;
    window = 0;
    options = { Tcp_segment.no_options with timestamps };
  }

(* RFC 6191 section 2: a SYN with a later timestamp, or without timestamps with a later
   number, is of a new incarnation. *)
let is_newer t (h : Tcp_segment.t) =
  match h.options.timestamps with
  | Some { value; _ } when t.timestamps ->
      Tcp_sequence.(gt (of_int value) (of_int t.ts_recent))
  | Some _ | None -> Tcp_sequence.gt h.sequence t.next

let answer t ~now =
  if now < t.answer_at then Ignore
  else begin
    t.answer_at <- now + t.config.challenge_interval_ns;
    Answer (acknowledgement t ~now)
  end

(* A peer that is opening a connection refuses our acknowledgement of the old one with
   a reset at just its number (RFC 9293 section 3.10.7.3): then it is no late segment. *)
let reset t (h : Tcp_segment.t) =
  match t.refused with
  | Some syn when h.sequence = t.next -> Reopen syn
  | Some _ | None -> Ignore

let input t ~now (h : Tcp_segment.t) ~payload =
  match h.control with
  | Reset -> reset t h
  | Syn when h.acknowledgement = None && is_newer t h -> Reopen h
  | Syn ->
      if h.acknowledgement = None then t.refused <- Some h;
      answer t ~now
  | Fin ->
      t.expires_at <- Int.min t.last_at (now + t.config.time_wait_ns);
      answer t ~now
  | Plain ->
      if payload = 0 && h.sequence = t.next then Ignore else answer t ~now
