(** Event channels (OS.Eventchn). *)

type handle
type t

val to_int : t -> int
val of_int : int -> t
val init : unit -> handle
val close : handle -> int
val notify : handle -> t -> unit

val bind_interdomain : handle -> int -> int -> t
(** [bind_interdomain h domain port] is a port bound to a domain's port. Raises [Failure] when Xen
    allows none, or all ports here are in use. *)

val bind_unbound_port : handle -> int -> t
(** A port that a domain may bind to. Raises [Failure] as above. *)

val bind_dom_exc_virq : handle -> t
(** Raises [Failure]: it is xenstore's own. *)

val unbind : handle -> t -> unit

val unmask : handle -> t -> unit
(** Nothing: events always come through. *)

val is_valid : t -> bool
(** Whether it is bound. *)
