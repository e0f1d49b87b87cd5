(** The control block of a connection (RFC 9293 section 3.3.1): what all parts
    of the behaviour read and write. Positions are unwrapped sequence
    numbers, sizes bytes, times nanoseconds; a timer that is off stands at
    {!never}. *)

type failure =
  | Timed_out
  | Refused
  | Was_reset
  | Unreachable of string  (** why *)

type keepalive = {
  after_ns : int;
  interval_ns : int;
  probes : int;  (** unanswered, until the connection counts as lost *)
}

type budgets = { received : Tcp_budget.t; written : Tcp_budget.t }

val budgets : Tcp_config.t -> budgets

(** What the one retransmission timer waits for (RFC 8985 section 7.2). *)
type timer =
  | Retransmission  (** RFC 6298 *)
  | Tail_loss_probe  (** RFC 8985 section 7 *)
  | Zero_window_probe  (** RFC 9293 section 3.8.6.1 *)

type t = {
  config : Tcp_config.t;
  local_port : int;
  remote_port : int;
  local_mss : int;  (** bytes of payload the peer may put in a segment *)
  iss : int;
  mutable state : Tcp_state.t;
  mutable failure : failure option;
  (* Sending *)
  queue : Tcp_send_queue.t;
  scoreboard : Tcp_scoreboard.t;
  mutable una : int;
  mutable nxt : int;
  mutable send_window : int;
  mutable send_window_max : int;
  mutable wl1 : int;  (** RFC 9293's SND.WL1 *)
  mutable wl2 : int;  (** SND.WL2 *)
  mutable send_shift : int;
  mutable scaled : bool;  (** both sides scale their windows *)
  mutable mss : int;  (** bytes of payload in a segment, options deducted *)
  mutable mss_negotiated : int;  (** what both ends take; [mss] is what the path does *)
  mutable tso_max : int;  (** bytes the device takes and cuts; else mss *)
  mutable fin_queued : bool;
  mutable nodelay_until : int;  (** Nagle does not hold back what lies before this *)
  mutable small_until : int;  (** the end of the last segment below the MSS *)
  (* Loss and congestion *)
  rtt : Tcp_rtt.t;
  rack : Tcp_rack.t;
  recovery : Tcp_recovery.t;
  mutable congestion : Tcp_congestion.t;
  mutable sack : bool;
  mutable duplicates : int;  (** acknowledgements, of a peer without SACK *)
  mutable window_used : bool;  (** sending stopped at the congestion window *)
  mutable sent_at : int;  (** data, the last time *)
  mutable tail_probe : int option;  (** where the probe under way ends *)
  mutable soft_error : string option;  (** what routers said since the last progress *)
  (* Path MTU: see Tcp_path_mtu *)
  mutable header_bytes : int;  (** of IP and TCP, without options *)
  mutable path : int;  (** bytes of an IP packet *)
  mutable mss_confirmed : bool;  (** a segment of [mss] bytes has arrived *)
  mutable path_probe : int;  (** where a larger one in flight begins, or {!none} *)
  mutable path_probe_size : int;
  mutable path_probes : int;  (** in vain, of this size *)
  mutable raise_at : int;  (** when to try a larger one *)
  mutable path_changed : bool;  (** [path] changed *)
  (* Receiving *)
  receive : Tcp_receive.t;
  mutable received_at : int;
  (* Timestamps (RFC 7323) *)
  ts_offset : int;
  mutable timestamps : bool;
  mutable ts_recent : int;
  mutable ts_recent_at : int;
  (* Timers *)
  mutable timer : timer;
  mutable retransmit_at : int;
  mutable progress_at : int;  (** when the timeout was last started afresh *)
  mutable retries : int;
  mutable reorder_at : int;
  mutable close_deadline : int;
  (* Closing *)
  mutable reader : unit -> bool;  (** whether somebody waits for data *)
  mutable used_at : int;  (** when it was last read or closed *)
  mutable abandoned : bool;  (** nobody will read *)
  mutable linger_bytes : int;  (** then: what is taken before RST *)
  mutable keepalive : keepalive option;
  mutable keepalive_at : int;
  mutable keepalive_probes : int;
  mutable challenge_at : int;  (** when the next challenge may leave *)
  mutable probe_due : bool;  (** an empty segment below the window *)
  (* Toward the owner *)
  mutable backpressured : bool;  (** the device is full: send no data *)
  mutable changed : bool;  (** something its owner waits for *)
}

val never : int

val none : int
(** No position. *)

val create :
  Tcp_config.t ->
  budgets ->
  now:int ->
  local_port:int ->
  remote_port:int ->
  local_mss:int ->
  iss:Tcp_sequence.t ->
  ts_offset:int ->
  t
(** In state Closed, with nothing to send. *)

val step : t -> Tcp_state.event -> unit
(** @raise Invalid_argument when the state table forbids it: an error in this
    library. *)

val half_closed : t -> now:int -> unit
(** Our FIN was acknowledged, and the peer's has not come: how long it may
    take. *)

val fail : t -> failure -> unit
(** Ends the connection at once, telling its owner why. *)

val window_shift : Tcp_config.t -> int
(** The shift that makes the largest receive buffer fit 16 bits. *)

val negotiate : t -> now:int -> Tcp_segment.t -> unit
(** The peer's SYN came: its numbering and its options. Our SYN offers every
    option, so that one missing from the peer's is off. *)

val options_bytes : t -> int
(** Of the options in every segment. *)

val payload_within : t -> int -> int
(** Bytes of payload in an IP packet of this size. *)

val path_mss : t -> int
(** Bytes of payload that both ends and the path take. *)

val stamp : t -> now:int -> int
(** The timestamp of now. *)

val pipe : t -> int
(** Bytes presumed in the network. *)

val chunks_max : int
(** Of {!Tcp_scoreboard}: more in flight makes sending wait. *)

val stream_end : t -> int
(** Where our FIN is or will be. *)

val fin_sent : t -> bool
