(** What must hold of a control block between any two steps. *)

val check : Tcp_control.t -> unit
(** @raise Failure with what does not hold. *)
