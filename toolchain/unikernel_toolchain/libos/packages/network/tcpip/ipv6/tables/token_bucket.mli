(** How often something may be done: a bucket that fills with time (RFC 4443,
    section 2.4, f). *)

type t

val create : per_second:int -> burst:int -> t

val take : ?reserve:int -> now:int64 -> t -> t option
(** The bucket after doing it once more, or [None] when it may not be done now.
    With [reserve], not even when no more than so many would be left. *)
