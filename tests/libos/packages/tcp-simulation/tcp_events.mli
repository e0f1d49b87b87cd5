(** What is to happen when: a queue in virtual time (nanoseconds). *)

type t

val create : unit -> t
val now : t -> int
val at : t -> int -> (unit -> unit) -> unit

val run : t -> until:(unit -> bool) -> limit_ns:int -> bool
(** Runs what is due, in order, until the condition holds: true. False when
    nothing is left to happen, or the time limit has passed. *)
