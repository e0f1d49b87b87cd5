(** Limits and times of the stack. All times are in nanoseconds. *)

type algorithm = Newreno | Cubic

type t = {
  algorithm : algorithm;
  receive_buffer : int;  (** bytes a new connection may hold unread *)
  receive_buffer_max : int;  (** bytes to which that grows *)
  receive_total : int;
      (** unread bytes of all connections; beyond, each gets two segments *)
  send_buffer : int;  (** bytes accepted from a writer and unacknowledged *)
  send_buffer_max : int;  (** bytes to which that grows *)
  rto_initial_ns : int;  (** RFC 6298 section 2: 1 s *)
  rto_min_ns : int;
      (** 200 ms, as every large stack has it; RFC 6298 asks for 1 s *)
  rto_max_ns : int;
  syn_retries : int;  (** of our SYN, before giving up *)
  retries : int;  (** of data, before giving up *)
  delayed_ack_ns : int;  (** RFC 9293 section 3.8.6.3: below 500 ms *)
  fin_wait_2_ns : int;  (** silence after which a half-closed peer is gone *)
  time_wait_ns : int;  (** twice the maximum segment lifetime *)
  time_wait_max : int;  (** entries; the oldest leave first *)
  backlog : int;  (** half-open connections; beyond, SYN cookies *)
  connections_max : int;
  challenge_interval_ns : int;
      (** least time between two challenge ACKs of a connection (RFC 5961) *)
}

val default : t
