(** What must hold of a control block between any two steps. *)

val check : Tcp_tcb.t -> unit
(** @raise Failure with what does not hold. *)
