(** The file allocation table: which cluster comes behind which (specification
    section "FAT Data Structure"). *)

module Make (B : Mirage_block.S) : sig
  type t

  type read_error = [ `Block_read of B.error ]
  type error = [ read_error | `Block_write of B.write_error | `No_space ]

  val connect :
    Fat_cache.Make(B).t -> Fat_boot_sector.t -> (t, [> read_error ]) result Lwt.t
  (** Counts the free clusters. *)

  val boot_sector : t -> Fat_boot_sector.t

  val is_cluster : t -> int -> bool
  (** Whether clusters have this number. *)

  val free : t -> int
  (** How many clusters {!choose} can give. *)

  val entry : t -> int -> (int, [> read_error ]) result Lwt.t
  (** What the table says of a cluster: 0 of a free one. *)

  val next : t -> int -> (int option, [> read_error ]) result Lwt.t
  (** The cluster behind this one. Whatever is no cluster's number ends a
      chain. *)

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

  val set : t -> (int * int) list -> (unit, [> error ]) result Lwt.t
  (** Entries, in all copies of the table, sector after sector. *)

  val is_taken : t -> int -> bool
  (** Whether what the table says of a cluster means that it is in a chain:
      neither free nor bad. *)

  val free_lost : t -> is_lost:(int -> bool) -> (unit, [> error ]) result Lwt.t
  (** Frees the clusters that are taken and, so says the function, lost. *)

  val end_mark : int
end
