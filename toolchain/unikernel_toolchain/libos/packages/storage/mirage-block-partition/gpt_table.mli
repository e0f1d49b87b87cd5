(** The GUID partition table (UEFI 2.9, section 5.3). *)

type header = {
  first_usable : int64;  (** sector *)
  last_usable : int64;
  table : int64;  (** sector of the entries *)
  count : int;
  entry_size : int;
  checksum : int32;  (** of the entries *)
}

val header : Cstruct.t -> at:int64 -> size_sectors:int64 -> (header, string) result
(** [header sector ~at ~size_sectors]: what the sector [at] of a device of so many says. Its
    checksum holds, and what it says lies on the device and is of a size that is read in
    one piece. An error is a sentence. *)

val table_bytes : header -> int

val entries : header -> Cstruct.t -> (Partition_entry.t list, string) result
(** The partitions of the table in this buffer, of {!table_bytes} or more. *)
