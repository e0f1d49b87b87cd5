(** How often each duration came, in classes of a sixty-fourth of their size. *)

type t

val create : unit -> t

val add : t -> int -> unit
(** Nanoseconds. *)

val count : t -> int

val percentile : t -> float -> int
(** [percentile t 99.9]: as many per cent were no longer; 0 when there were none. *)

val longest : t -> int
