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
(** What one connection may hold now: as much as is left. Of n that hold as
    much as they may each has an (n+1)-th of the whole, and as much is left for
    another; one alone has half of it, enough for a window that fills a link. *)

val is_short : t -> bool
(** Less than an eighth is left. *)
