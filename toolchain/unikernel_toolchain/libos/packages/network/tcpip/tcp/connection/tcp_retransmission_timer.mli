(** The retransmission timer: what it waits for, and until when. *)

val after_sending : Tcp_tcb.t -> now:int -> unit
(** Starts it when something is in flight and it is off (RFC 6298 rule 5.1);
    puts a tail probe off while new data leaves (RFC 8985 section 7.2). *)

val after_progress : Tcp_tcb.t -> now:int -> unit
(** New data was acknowledged: starts it afresh, or stops it (rules 5.2 and
    5.3). *)

val after_timeout : Tcp_tcb.t -> now:int -> unit
(** It expired: starts it for a timeout, never for a probe. *)

val probe_window : Tcp_tcb.t -> now:int -> unit
(** Data waits for the peer's window: starts it for a window probe, unless it
    runs already. *)
