(** The master boot record: four partitions, one of which may hold a chain of further ones.
    All its numbers are of sectors. *)

type entry = { kind : int; bootable : bool; first : int64; sectors : int64 }

val entries : Cstruct.t -> entry option array option
(** [entries sector]: the four, [None] for an empty one; [None] when the sector, of 512 bytes
    or more, is no such record. *)

val is_extended : entry -> bool
(** Whether it holds a chain of further records. *)

val is_protective : entry -> bool
(** Whether it stands for a GPT. *)
