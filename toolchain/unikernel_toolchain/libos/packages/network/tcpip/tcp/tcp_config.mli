(** Limits and times of the stack. All times are in nanoseconds. *)

type algorithm = Newreno | Cubic

type t = {
  algorithm : algorithm;
  receive_buffer : int;  (** bytes a new connection may hold unread *)
  receive_buffer_max : int;  (** bytes to which that grows *)
  receive_total : int;
  (** bytes of memory that what all connections received may take until it
      is read: see {!Tcp_budget.share} and {!Tcp_copybreak.cost} *)
  send_buffer : int;  (** bytes accepted from a writer and unacknowledged *)
  send_buffer_max : int;  (** bytes to which that grows *)
  send_total : int;  (** of all connections: see {!Tcp_budget.share} *)
  rto_initial_ns : int;  (** RFC 6298 section 2: 1 s *)
  rto_min_ns : int;
  (** 200 ms, as every large stack has it; RFC 6298 asks for 1 s *)
  rto_max_ns : int;
  syn_retries : int;  (** of our SYN, before giving up *)
  retries : int;  (** of data, before giving up *)
  delayed_ack_ns : int;  (** RFC 9293 section 3.8.6.3: below 500 ms *)
  closing_ns : int;
  (** what a peer gets to acknowledge FIN after a close, and *)
  closing_rate : int;  (** bytes a second of what was written before it *)
  fin_wait_2_ns : int;  (** silence after which a half-closed peer is gone *)
  linger_ns : int;  (** see {!Tcp_connection.abandon} *)
  linger_bytes : int;
  time_wait_ns : int;  (** twice the maximum segment lifetime *)
  time_wait_max : int;  (** entries; the oldest leave first *)
  backlog : int;  (** half-open connections; beyond, SYN cookies *)
  connections_max : int;
  challenge_interval_ns : int;
  (** least time between two challenge ACKs of a connection (RFC 5961) *)
  resets_a_second : int;
  (** to segments that belong to no connection, whose sender may be forged *)
}

val of_memory : int -> t
(** What suits a unikernel with so many bytes of memory. *)

val default : t
(** Of 128 MiB. *)
