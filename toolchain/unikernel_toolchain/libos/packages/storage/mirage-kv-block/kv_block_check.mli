(** Goes through everything that a store holds. Ends after as many steps as the
    device has blocks, whatever is in them. *)

type counts = private {
  mutable values : int;
  mutable bytes : int;  (** of all values *)
  mutable nodes : int;
}

val space : Kv_block_device.t -> Kv_block_superblock.t -> Kv_block_space.t
(** That of an empty store: superblocks are in use. *)

val mount : Kv_block_device.t -> Kv_block_superblock.t -> Kv_block_space.t Lwt.t
(** Which blocks are in use. Reads all nodes and no values; fails with
    {!Kv_block_device.Damaged} at the first thing that is wrong. *)

val walk :
  Kv_block_device.t ->
  Kv_block_superblock.t ->
  problem:(string -> unit) ->
  reads_values:bool ->
  (Kv_block_space.t * counts) Lwt.t
(** Calls [problem] with a sentence about each thing that is wrong, and goes on
    with what is beside it. With [reads_values] their checksums are compared. *)
