(** Bytes that arrived before their turn. Positions are unwrapped sequence
    numbers; pieces never overlap. *)

type t

val create : unit -> t
val is_empty : t -> bool

val cost : t -> int
(** Bytes of memory held, in all ({!Tcp_copybreak.cost}). *)

val count : t -> int
(** Pieces held. *)

val insert : t -> int -> Cstruct.t -> bool
(** [insert t start data] keeps [data], instead of the pieces it covers and
    less what is there already. False when none of it is new, or when there are
    too many pieces. *)

val take : t -> int -> Cstruct.t option
(** [take t next] removes the piece that continues at [next], cut to begin
    there, and drops what lies wholly before. *)

val blocks : t -> (int * int) list
(** Contiguous ranges, first byte and byte after the last, the one touched
    last in front (RFC 2018 section 4). *)

val clear : t -> unit
