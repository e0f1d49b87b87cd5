(** Sequence numbers: arithmetic modulo 2{^32} (RFC 9293 section 3.4).

    Inside a connection numbers are unwrapped to plain integers that never
    wrap (see {!unwrap}), so that only the rim needs modular comparison. *)

type t = private int
(** 0 to 2{^32} - 1. *)

val lt : t -> t -> bool
val leq : t -> t -> bool
val gt : t -> t -> bool
val geq : t -> t -> bool

val between : t -> t -> t -> bool
(** [between x low high] is low <= x <= high. *)

val add : t -> t -> t
val sub : t -> t -> t
val succ : t -> t
val pred : t -> t

val compare : t -> t -> int
(** By modular distance: only an order among numbers within 2{^31}. *)

val of_int32 : int32 -> t

val of_int : int -> t
(** The low 32 bits. *)

val to_int32 : t -> int32
val to_int : t -> int
val zero : t

val difference : t -> t -> int
(** [difference a b] is a - b as a signed 32-bit number. *)

val unwrap : near:int -> t -> int
(** The integer nearest to [near] that is the number modulo 2{^32}. *)

val pp : Format.formatter -> t -> unit
