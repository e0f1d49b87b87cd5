(** A sum of bytes that all connections of a host share: received and unread,
    or written and unacknowledged. *)

type t

val create : int -> t
(** With this many to spend. *)

val spend : t -> int -> unit
(** A negative number gives back. *)

val left : t -> int
(** Below 0 once more was spent than there was. *)

val share : t -> int
(** What one connection may hold now. It shrinks with what is left, so that
    however many hold as much as they may, another still gets some. *)

val is_short : t -> bool
(** Less than an eighth is left. *)
