(** A B+ tree over the blocks of a store, changed in memory and copied on
    write. What reads fails with {!Kv_block_device.Damaged}. *)

type root = (Kv_block_node.child * int) option
(** With its height; [None] when the tree is empty. *)

type run = int * int
(** The first block and how many. *)

type t = {
  pages : Kv_block_pages.t;
  mutable root : root;
  mutable freed : run list;  (** in use by the stored tree, and no longer by this one *)
}
(** A tree that is being changed. *)

val v : Kv_block_pages.t -> root -> t

val find : Kv_block_pages.t -> root -> string -> Kv_block_node.entry option Lwt.t

val seek : Kv_block_pages.t -> root -> string -> (string * Kv_block_node.entry) option Lwt.t
(** The first entry whose key is not below this one. *)

val insert : t -> string -> Kv_block_node.entry -> unit Lwt.t
(** Puts an entry in, or in the place of the one with this key, which is no
    extent. *)

val remove : t -> low:string -> high:string -> unit Lwt.t
(** Removes all entries from [low] to below [high], and their extents. *)

val changed : t -> int
(** Nodes that a commit will write: a block each. *)

val height : t -> int
