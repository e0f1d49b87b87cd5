(** The first sector: where everything lies (Microsoft FAT specification 1.03,
    section "Boot Sector and BPB"). Offsets are bytes from the device's start. *)

type t = {
  format : Fat_format.t;
  sector_bytes : int;
  cluster_bytes : int;
  fat_offset : int;  (** of the first FAT *)
  fat_bytes : int;  (** of each *)
  fats : int;
  root_offset : int;  (** of FAT12 and FAT16's root directory *)
  root_bytes : int;  (** 0 on FAT32 *)
  root_cluster : int;  (** of FAT32's *)
  data_offset : int;  (** of cluster 2 *)
  clusters : int;  (** numbered from 2 *)
  information_offset : int option;  (** of FAT32's FSInfo *)
  total_bytes : int;
}

val decode : Cstruct.t -> device_bytes:int -> (t, string) result
(** From the first 512 bytes or more. Everything that it tells lies inside the
    device; the error is a sentence. *)

val layout : sector_bytes:int -> bytes:int -> (t, string) result
(** For a new file system of so many bytes: FAT12 where 4,084 clusters of 4 KiB
    do, FAT16 up to 512 MiB, then FAT32. *)

val encode : t -> Cstruct.t
(** One sector. *)

val cluster_offset : t -> int -> int
val root_entries : t -> int
