(** Bytes received and not yet read, over all connections of a host. *)

type t

val create : int -> t
(** With this many to spend. *)

val spend : t -> int -> unit
(** A negative number gives back. *)

val is_spent : t -> bool
