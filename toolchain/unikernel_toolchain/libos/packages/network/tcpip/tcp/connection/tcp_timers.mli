(** What happens when a connection's timers expire. *)

val deadline : Tcp_control.t -> int
(** The earliest of them; {!Tcp_control.never} when none runs. *)

type outcome =
  | Goes_on
  | Abandoned  (** tell the peer with RST *)

val expire : Tcp_control.t -> now:int -> outcome
(** Does what is due at [now]; then the connection is to be flushed. *)
