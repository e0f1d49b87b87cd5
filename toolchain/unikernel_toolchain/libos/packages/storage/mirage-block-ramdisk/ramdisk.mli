(** Block devices in memory (MirageOS 3.9, mirage-block-ramdisk 0.5). Memory is taken as
    they are written to. *)

include Mirage_block.S

val connect : name:string -> t Lwt.t
(** The device of that name; at the first call it is made, 32,768 sectors of 512 bytes, all
    zero. *)

val create : name:string -> size_sectors:int64 -> sector_size:int -> (t, error) result Lwt.t
(** Makes a device, in place of any that had the name; who still has that one keeps it.
    [Error _] for sizes that make no sense. *)

val destroy : name:string -> unit
(** The name is free again, and its memory once nobody has the device. *)

val resize : t -> int64 -> (unit, write_error) result Lwt.t
(** To so many sectors; new ones are zero. *)

val flush : t -> (unit, write_error) result Lwt.t
val seek_unmapped : t -> int64 -> (int64, error) result Lwt.t
val seek_mapped : t -> int64 -> (int64, error) result Lwt.t
