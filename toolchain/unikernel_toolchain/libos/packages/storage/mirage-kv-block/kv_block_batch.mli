(** Changes that are collected to be applied at once, and whether somebody
    else's came between. *)

type t = private {
  mutable touched : Set.Make(String).t;  (** paths that were read or are to be written *)
  mutable is_overtaken : bool;
  mutable is_over : bool;
  mutable operations : Kv_block_write.operation list;  (** the last one first *)
}

val v : unit -> t

val touch : t -> string -> unit
(** Somebody else's change of what is at, below or above this path will
    overtake the batch. *)

val add : t -> Kv_block_write.operation -> string -> unit
(** Collects an operation on a path. *)

val close : t -> unit
(** No more changes are collected. *)

val see_changes : t -> Kv_block_write.operation list -> unit
(** Somebody else has made these changes. *)
