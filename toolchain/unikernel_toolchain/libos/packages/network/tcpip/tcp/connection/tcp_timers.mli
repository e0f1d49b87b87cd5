(** What happens when a connection's timers expire. *)

val deadline : Tcp_tcb.t -> int
(** The earliest of them; {!Tcp_tcb.never} when none runs. *)

type outcome =
  | Continue
  | Gave_up  (** the peer gets RST *)

val expire : Tcp_tcb.t -> now:int -> outcome
(** Does what is due at [now]; then the connection is to be flushed. *)
