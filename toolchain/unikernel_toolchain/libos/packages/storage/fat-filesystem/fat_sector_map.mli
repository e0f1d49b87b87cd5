(** Chains of clusters: followed, made and freed. *)

module Make (B : Fat_device.S) : sig
  module Table : module type of Fat_table.Make (B)

  type t

  type read_error = [ `Block_read of B.error ]
  type error = [ read_error | `Block_write of B.write_error | `No_space ]

  val connect :
    Fat_cache.Make(B).t -> Fat_boot_sector.t -> (t, [> read_error ]) result Lwt.t

  val table : t -> Table.t
  val boot_sector : t -> Fat_boot_sector.t

  val reach : t -> start:int -> int -> ((int * int) option, [> read_error ]) result Lwt.t
  (** [reach t ~start i]: from cluster [start], which is 0, [i] clusters on, or
      as far as the chain goes: how far, and the cluster there. [None] when
      [start] is no cluster. The place is remembered, so that going through a
      file from its beginning costs one step a cluster. *)

  val choose : t -> int -> (int list, [> error ]) result Lwt.t
  (** So many free clusters, contiguous where it can be. They stay free. *)

  val link : t -> ?behind:int -> int list -> (unit, [> error ]) result Lwt.t
  (** Makes chosen clusters a chain, and then hangs it behind the last cluster
      of another. *)

  val release : t -> start:int -> (unit, [> error ]) result Lwt.t
  (** Frees the chain from this cluster on. *)

  val free_lost : ?from:int -> t -> is_lost:(int -> bool) -> (unit, [> error ]) result Lwt.t
  (** Frees the clusters, from this one on, that are taken and, so says the function,
      lost. *)

  val end_mark : int
end
