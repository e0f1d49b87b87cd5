(** The three kinds of FAT file systems, by the width of a cluster's number. *)

type t = FAT12 | FAT16 | FAT32

val to_string : t -> string
