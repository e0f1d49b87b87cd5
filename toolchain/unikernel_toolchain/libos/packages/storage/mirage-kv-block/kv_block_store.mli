(** An open store: its current state, who reads it, and how the next becomes
    current. *)

type t = private {
  pages : Kv_block_pages.t;
  space : Kv_block_space.t;
  mutable current : Kv_block_superblock.t;
  mutable readers : (int * int ref) list;
  mutable freed : (int * Kv_block_tree.run list) list;
  reader_left : unit Lwt_condition.t;
  mutable out_of_order : string option;
  (** Why nothing can be written any more: the device failed where nobody
      knows what it kept. *)
  mutable written_bytes : int;  (** to the device, since the store was opened *)
}

val v : Kv_block_device.t -> Kv_block_superblock.t -> Kv_block_space.t -> t

val root : t -> Kv_block_tree.root

val reading : t -> (Kv_block_tree.root -> 'a Lwt.t) -> 'a Lwt.t
(** Hands out the current tree, whose blocks stay until the promise resolves. *)

val reserve : Kv_block_tree.t -> int
(** Blocks that are kept for removing something from this tree. *)

val has_room : t -> Kv_block_tree.t -> keeping:int -> bool Lwt.t
(** Whether the tree can be committed with so many blocks left free. Waits for
    readers of blocks that are free otherwise. *)

val find_run : t -> most:int -> Kv_block_tree.run option Lwt.t
(** Takes up to so many free blocks; waits as {!has_room} does. *)

val give_back : t -> Kv_block_tree.run list -> unit
(** Blocks of {!find_run} that nothing uses. *)

val write_run : t -> first:int -> Cstruct.t list -> unit Lwt.t
(** Whole blocks, which {!find_run} gave. *)

val commit : t -> Kv_block_tree.t -> unit Lwt.t
(** Makes this tree, which {!has_room}, the current one; when the promise
    resolves it outlives a power cut. Fails with what the device failed with;
    then nothing has changed, unless [out_of_order] says so. *)
