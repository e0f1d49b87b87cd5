(** One connection: the core's public face. Nothing here blocks, reads a clock
    or draws a random number. After any call but the readings, the connection
    is to be flushed. Sizes are bytes, times nanoseconds. *)

type t = Tcp_tcb.t

(** {1 Opening} *)

val connect :
  Tcp_config.t ->
  Tcp_tcb.budgets ->
  now:int ->
  local_port:int ->
  remote_port:int ->
  local_mss:int ->
  tso_max:int ->
  iss:Tcp_sequence.t ->
  ts_offset:int ->
  t
(** Active: the first {!flush} sends SYN. [tso_max]: the largest payload
    the device cuts to segments, 0 when it does not. *)

val accept :
  Tcp_config.t ->
  Tcp_tcb.budgets ->
  now:int ->
  local_mss:int ->
  tso_max:int ->
  iss:Tcp_sequence.t ->
  ts_offset:int ->
  Tcp_segment.t ->
  t
(** Passive: answers this SYN. *)

val accept_cookie :
  Tcp_config.t ->
  Tcp_tcb.budgets ->
  now:int ->
  local_mss:int ->
  tso_max:int ->
  ts_offset:int ->
  Tcp_segment.t ->
  options:Tcp_segment.options ->
  t
(** Established by this acknowledgement of a SYN cookie; the options are what
    the cookie remembers of the SYN. *)

val set_tso_max : t -> int -> unit

val keep_alive : t -> Tcp_tcb.keepalive -> unit
(** Before the connection is established. *)

(** {1 Use} *)

val may_write : t -> bool
(** Until it is closed by us, or broken. *)

val write : t -> Cstruct.t list -> unit
(** Queues the buffers, which the connection owns from now on; nothing unless
    {!may_write}. *)

val send_promptly : t -> unit
(** What is queued is not held back (TCP_NODELAY). *)

val room : t -> int
(** How much may be written before the writer should wait. *)

val read : t -> now:int -> Cstruct.t option

val at_end : t -> bool
(** The peer has closed, and everything was read, or it was abandoned. *)

val close : t -> now:int -> unit
(** No more to send. Reading goes on. The peer has a time to acknowledge what
    was written, by its length, whatever else it does (an orphan may be given
    up: RFC 9293 section 3.8.6.1, RFC 6429). *)

val abandon : t -> now:int -> unit
(** After {!close}: nobody will read. What arrived is dropped, and what arrives
    gets RST (RFC 9293 section 3.6.1, RFC 1122 section 4.2.2.13), at once when
    the peer knew of the close; when it may not have known, its data is taken
    and dropped for [linger_ns] and up to [linger_bytes] from the time on when
    it has acknowledged all that was written. *)

val abort : t -> now:int -> Tcp_output.emit -> unit
(** Ends at once, with RST. *)

val unreachable : t -> string -> unit
(** The SYN could not be sent, for this reason. *)

val report : t -> now:int -> sequence:Tcp_sequence.t -> Ip_errors.reason -> unit
(** What is said of a segment with this sequence number; nothing unless it is
    in flight (RFC 5927, section 4.1). An attempt to connect ends by what makes
    it hopeless; a connection keeps the reason, for when it times out (RFC
    1122, section 4.2.3.9). *)

val state : t -> Tcp_state.t
val failure : t -> Tcp_tcb.failure option

val is_flushed : t -> bool
(** Everything written, and FIN when closed, was acknowledged. *)

(** {1 Driving} *)

val input :
  t ->
  now:int ->
  unit_size:int ->
  Tcp_segment.t ->
  Cstruct.t ->
  Tcp_input.outcome

val expire : t -> now:int -> Tcp_output.emit -> unit
(** Does what is due at [now]. *)

val flush : t -> now:int -> Tcp_output.emit -> unit
val deadline : t -> int
