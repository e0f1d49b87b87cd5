(** The file allocation table's entries: read, and written to all its copies
    (specification section "FAT Data Structure"). *)

module Make (B : Fat_device.S) : sig
  type t

  type read_error = [ `Block_read of B.error ]
  type error = [ read_error | `Block_write of B.write_error ]

  val connect :
    Fat_cache.Make(B).t -> Fat_boot_sector.t -> (t, [> read_error ]) result Lwt.t
  (** Counts the free clusters. *)

  val boot_sector : t -> Fat_boot_sector.t

  val is_cluster : t -> int -> bool
  (** Whether clusters have this number. *)

  val entry : t -> int -> (int, [> read_error ]) result Lwt.t
  (** What the table says of a cluster: 0 of a free one. *)

  val some : t -> int -> (int -> int -> unit) -> (int, [> read_error ]) result Lwt.t
  (** Calls a function for a cluster and for some behind it, with what the table says
      of each; the first that is left, which may be behind the last of all. *)

  val next : t -> int -> (int option, [> read_error ]) result Lwt.t
  (** The cluster behind this one. Whatever is no cluster's number ends a
      chain. *)

  val is_taken : t -> int -> bool
  (** Whether what the table says of a cluster means that it is in a chain:
      neither free nor bad. *)

  val is_usable : t -> int -> bool
  (** Whether a free cluster of this number may be taken. *)

  val set : t -> (int * int) list -> (unit, [> error ]) result Lwt.t
  (** Entries, in all copies of the table, sector after sector. *)

  val sector_of : t -> int -> int
  (** The device's sector in which a cluster's entry begins. *)

  val barrier : t -> (unit, [> `Block_write of B.write_error ]) result Lwt.t

  (** {1 Free and usable clusters} *)

  val free : t -> int

  val free_from : t -> int -> int
  (** A cluster from this one on, before which no other is free and usable; behind
      the last when there is none. It may itself not be. *)
end
