(** Making stores and opening them. All fails with
    {!Kv_block_device.Storage_error} and [Damaged]. *)

val format : Kv_block_device.t -> unit Lwt.t
(** Makes an empty store, whatever is there. *)

val superblock : Kv_block_device.t -> Kv_block_superblock.t Lwt.t
(** The current one. On a blank device, whose first MiB holds zeros alone, it
    makes an empty store. *)

val store : Kv_block_device.t -> Kv_block_store.t Lwt.t
