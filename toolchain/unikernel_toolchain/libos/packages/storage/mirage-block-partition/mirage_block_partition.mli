(** Partitions of block devices, each a block device: of a master boot record, its logical
    ones included, or of a GUID partition table, whose copy at the end is read where the one
    at the beginning does not hold.

    A table is refused as a whole when a partition does not lie on the device, or lies in
    another: what a partition is asked to read or write is inside it, whatever the table. *)

module Make (B : Mirage_block.S) : sig
  include Mirage_block.S

  type table_error = [ `Block of B.error | `Table of string  (** a sentence *) ]

  val pp_table_error : table_error Fmt.t

  val partitions : B.t -> (Partition_entry.t list, table_error) result Lwt.t
  (** What the table says, in its order. *)

  val connect : B.t -> Partition_entry.t -> t Lwt.t
  (** That part of the device. Fails with [Failure] when it does not lie on it. *)

  val connect_number : B.t -> int -> t Lwt.t
  (** The partition of that number. Fails with [Failure] when there is none. *)
end
