(** Bytes between the writer and the network, kept as the writer's own
    buffers and cut without copying. Positions are unwrapped sequence
    numbers. *)

type t

val create : Tcp_budget.t -> int -> t
(** An empty queue whose first byte will have this sequence number; what it
    costs is spent from the budget. *)

val head : t -> int
(** The first byte held. *)

val tail : t -> int
(** The byte after the last one held. *)

val length : t -> int

val cost : t -> int
(** Bytes of memory it takes, if no two buffers are the same. *)

val share : t -> int
(** What it may cost now ({!Tcp_budget.share}). *)

val push : t -> Cstruct.t -> unit
(** Appends; the queue owns the buffer from now on. *)

val release : t -> int -> unit
(** Forgets every byte before a position (at most {!tail}). *)

val slice : t -> int -> int -> Cstruct.t list
(** [slice q start stop]: views of these bytes, in order.
    @raise Invalid_argument unless head <= start <= stop <= tail. *)
