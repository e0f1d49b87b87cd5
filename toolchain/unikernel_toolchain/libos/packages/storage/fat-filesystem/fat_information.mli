(** FAT32's FSInfo: how many clusters are free, and where to look for one
    (specification section "FAT32 FSInfo Sector Structure"). *)

module Make (B : Fat_device.S) : sig
  val create : Fat_cache.Make(B).t -> offset:int ->
    (unit, [> `Block_read of B.error | `Block_write of B.write_error ]) result Lwt.t

  val set_free :
    Fat_cache.Make(B).t ->
    offset:int ->
    int ->
    (unit, [> `Block_read of B.error | `Block_write of B.write_error ]) result Lwt.t
    (** Unless it says so already, or is no FSInfo. *)
end
