(** Nodes of the tree: what is in one, and how it is written into a block. *)

type meta = {
  days : int;
  picoseconds : int64;  (** when the value was set, since 1970-01-01 UTC *)
  digest : string;  (** MD5 *)
}

type entry =
  | Value of meta * string
  | Long_value of meta * int  (** its length in bytes; extents follow *)
  | Extent of {
      first : int;
      count : int;  (** blocks *)
      crc : int;  (** of all their bytes *)
    }

type t =
  | Leaf of (string * entry) array
  | Inner of int * (string * child) array  (** with its level, which is at least 1 *)

and child =
  | Stored of Kv_block_superblock.pointer
  | Changed of t  (** in memory only, until it is committed *)

val path_most : int
(** Bytes of the longest key, as it is kept: see {!Kv_block_path}. *)

val extent_bytes_most : int
val header : int
val level : t -> int

val size : t -> int
(** Bytes, as it is written. *)

val entry_size : string * entry -> int
val child_size : string * child -> int

val entry_most : block_size:int -> int
(** Bytes of the largest entry that a node may be given. *)

val encode : block_size:int -> t -> Cstruct.t
(** One block.
    @raise Invalid_argument when a child is [Changed]. *)

val checksum : Cstruct.t -> int
(** Of a block. *)

val decode : Cstruct.t -> level:int -> t
(** The node of this level in a block, with at least one entry, keys in order.
    @raise Kv_block_device.Damaged when it is none. *)
