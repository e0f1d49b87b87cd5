(** Which blocks are in use. *)

type t = private {
  bits : Bytes.t;
  blocks : int;
  mutable free : int;  (** blocks *)
  mutable lowest : int;
}

val create : blocks:int -> t
(** All are free. *)

val is_used : t -> int -> bool

val take : t -> first:int -> count:int -> unit
(** Blocks that are free. *)

val release : t -> first:int -> count:int -> unit
(** Blocks that are not. *)

val find : t -> most:int -> (int * int) option
(** Takes a run of up to so many blocks and returns its first and their number;
    [None] when none is free. *)
