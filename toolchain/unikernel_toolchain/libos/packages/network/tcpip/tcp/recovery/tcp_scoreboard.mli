(** What was sent and is not yet acknowledged: the SACK scoreboard (RFC 2018,
    RFC 6675), as consecutive chunks. A chunk is one transmission, of up to
    64 KiB, or the part of one that shares a fate. Positions are unwrapped
    sequence numbers, sizes bytes, times nanoseconds. *)

type status =
  | In_flight
  | Lost  (** deemed lost, not sent again yet *)
  | Sacked

type chunk = private {
  mutable start : int;
  mutable stop : int;  (** the byte after the last *)
  mutable sent_at : int;  (** the last time *)
  mutable status : status;
  mutable retransmitted : bool;
  mutable previous : chunk;
  mutable next : chunk;
}

type t

val create : unit -> t
val is_empty : t -> bool

val in_flight : t -> int
(** Bytes presumed in the network: RFC 6675's pipe. *)

val sacked : t -> int
val lost : t -> int

val chunks : t -> int

val delivered : t -> int
(** Bytes acknowledged or sacked since the connection began. *)

val first : t -> chunk
(** Meaningful unless {!is_empty}. *)

val last : t -> chunk

val find : t -> (chunk -> [ `Skip | `Take | `Stop ]) -> chunk option
(** The first chunk taken, in order. *)

val iter : t -> (chunk -> [ `Continue | `Stop ]) -> unit

val sent : t -> now:int -> int -> int -> unit
(** [sent t ~now start stop] appends. *)

val acknowledge : t -> int -> (chunk -> stop:int -> unit) -> unit
(** Forgets everything before a position, calling the function on each chunk
    (or part, up to [stop]) that was not sacked before. *)

val sack : t -> int -> int -> max_chunks:int -> (chunk -> stop:int -> unit) -> unit
(** [sack t left right ~max_chunks f] marks, likewise. A chunk that lies partly in
    the range is cut, unless there are [max_chunks] already. *)

val mark_lost : t -> chunk -> unit

val mark_all_lost : t -> unit
(** After a timeout. A peer that sacked its next byte without acknowledging
    it has reneged: then sacked chunks count as lost too. *)

val unmark_lost : t -> unit
(** Lost chunks count as in flight again: the loss was spurious. *)

val first_lost : t -> chunk option

val split : t -> chunk -> int -> unit
(** Makes the chunk end at this position, the rest following on its own. *)

val mark_retransmitted : t -> now:int -> chunk -> unit
