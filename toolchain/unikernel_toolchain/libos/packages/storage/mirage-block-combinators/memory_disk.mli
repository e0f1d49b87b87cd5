(** Block devices in memory, which is taken as they are written to: what was never written
    is zero and takes none. *)

include Mirage_block.S

val create : sector_size:int -> size_sectors:int64 -> t

val named : string -> t
(** The device of that name, made at the first call: 32,768 sectors of 512 bytes. *)

val replace : string -> t -> t
(** Gives a device that name. *)

val remove : string -> unit
(** The name is free again. *)

val invalid : error

val resize : t -> int64 -> (unit, write_error) result Lwt.t
val flush : t -> (unit, write_error) result Lwt.t
val seek_mapped : t -> int64 -> (int64, error) result Lwt.t
val seek_unmapped : t -> int64 -> (int64, error) result Lwt.t
