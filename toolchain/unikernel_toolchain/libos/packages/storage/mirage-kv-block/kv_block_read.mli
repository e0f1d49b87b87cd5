(** What is in a state of a store. All fails with
    {!Kv_block_device.Damaged} and [Storage_error]. *)

type view = {
  pages : Kv_block_pages.t;
  root : Kv_block_tree.root;
}

val find :
  view -> string -> [ `Value of Kv_block_node.entry | `Dictionary | `Nothing ] Lwt.t
(** What is at a path. The root is a dictionary, empty or not. *)

val list : view -> string -> (string * [ `Value | `Dictionary ]) list Lwt.t
(** Of the dictionary at a path. *)

val newest : view -> string -> (int * int64) Lwt.t
(** When the newest value below a path was set; 1970-01-01 when there is none. *)

val dictionary_digest : view -> string -> string Lwt.t
val meta : Kv_block_node.entry -> Kv_block_node.meta
val time : Kv_block_node.meta -> int * int64

val length : Kv_block_node.entry -> int
(** Of a value, in bytes. *)

val part :
  view -> string -> Kv_block_node.entry -> offset:int -> length:int -> string Lwt.t
(** Bytes of the value at a path, as many as it has there. Besides them there is
    one extent at a time in memory. *)

val extent_blocks_most : Kv_block_pages.t -> int

val read_extent : Kv_block_pages.t -> first:int -> count:int -> crc:int -> Cstruct.t Lwt.t
(** Blocks of a value, which have this checksum. *)

val extent_number : string -> string -> int option
(** [extent_number path text]: the block of the value at [path] that its extent
    with the key [text] begins with; [None] when it is no key of its extents. *)
