(** The blocks of a store: reading and writing them, and a cache of its nodes. *)

type t = private {
  device : Kv_block_device.t;
  block_size : int;  (** bytes *)
  blocks : int;
  first_block : int;  (** the first that does not hold superblocks *)
  most : int;
  mutable young : (int, int * Kv_block_node.t) Hashtbl.t;
  mutable old : (int, int * Kv_block_node.t) Hashtbl.t;
}

val v : Kv_block_device.t -> Kv_block_superblock.t -> t

val read : t -> Kv_block_superblock.pointer -> level:int -> Kv_block_node.t Lwt.t
(** Fails with {!Kv_block_device.Damaged} when it is not the node that was
    written, as do all that read. *)

val read_uncached : t -> Kv_block_superblock.pointer -> level:int -> Kv_block_node.t Lwt.t

val check_run : t -> first:int -> count:int -> unit
(** @raise Kv_block_device.Damaged when the store has no such blocks. *)

val read_run : t -> first:int -> count:int -> Cstruct.t Lwt.t
(** So many blocks from this one on. *)

val write_run : t -> first:int -> Cstruct.t list -> unit Lwt.t
(** Whole blocks, from this one on. *)

val remember : t -> int -> int -> Kv_block_node.t -> unit
(** Puts what a block with this checksum holds into the cache. *)
