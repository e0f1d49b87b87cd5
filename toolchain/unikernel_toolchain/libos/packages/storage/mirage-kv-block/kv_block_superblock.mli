(** Where a store's current state begins: two sectors that are written in turn. *)

type pointer = {
  block : int;
  crc : int;  (** of the node in it *)
}

type t = {
  block_size : int;  (** bytes *)
  blocks : int;
  generation : int;  (** one more with each commit *)
  root : (pointer * int) option;  (** with its height, 1 when it is a leaf *)
}

val height_most : int
val blocks_least : int

val geometry : Kv_block_device.t -> int * int
(** The size and the number of blocks that a new store on this device has. *)

val is_power_of_two : int -> bool

val first_block : t -> Kv_block_device.t -> int
(** The first that does not hold superblocks. *)

val bytes : int
(** Of a superblock, at least one sector. *)

val spacing : Kv_block_device.t -> int
(** Bytes from the first superblock to the second. *)

val read :
  Kv_block_device.t -> [ `Superblock of t | `Version of int | `Impossible | `Absent ] Lwt.t
(** The newest that is whole. [`Version]: of a format that is not known here;
    [`Impossible]: whole, and does not fit this device. *)

val write : Kv_block_device.t -> t -> unit Lwt.t
(** Over the older of the two. *)

val erase : Kv_block_device.t -> unit Lwt.t
(** Overwrites both, and flushes. *)
