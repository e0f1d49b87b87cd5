(** A file system made, and mended after a kill. *)

module Make (B : Fat_device.S) : sig
  type error = [ `Block_read of B.error | `Block_write of B.write_error ]

  val make : Fat_cache.Make(B).t -> Fat_boot_sector.t -> (unit, [> error ]) result Lwt.t
  (** An empty one. The first sector comes last: before it, there is none. *)

  val equal_copies : Fat_cache.Make(B).t -> Fat_boot_sector.t -> (unit, [> error ]) result Lwt.t
  (** What the other copies of the table have that the first has not becomes as
      in the first. *)
end
