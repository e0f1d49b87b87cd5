(** A directory as it is on the device: its bytes, and where they lie. *)

type t = {
  bytes : Cstruct.t;
  room : Cstruct.t;  (** the same bytes, and zeros for when the directory grows *)
  extents : int array;  (** where each begins on the device; all have one length *)
  extent_bytes : int;
  last_cluster : int;  (** 0 of a root directory that cannot grow *)
  index : Fat_index.t;
}

val make :
  unit_bytes:int -> Cstruct.t -> extents:int array -> extent_bytes:int -> last_cluster:int -> t
(** [unit_bytes] are written whole or not at all. *)

val slot : t -> int -> Cstruct.t
val slot_offset : t -> int -> int

val longer : t -> cluster:int -> offset:int -> t
(** With one extent of zeros more: this cluster, which begins there. *)
