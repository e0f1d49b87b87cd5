(** What a member is (POSIX.1-2017, pax, "ustar Interchange Format": typeflag). *)

type t =
  | Normal
  | Hard
  | Symbolic
  | Character
  | Block
  | Directory
  | FIFO
  | GlobalExtendedHeader
  | PerFileExtendedHeader
  | LongLink

val to_string : t -> string

val of_flag : char -> t
(** What is not known is a file, as the standard wants it. *)

val to_flag : t -> char
