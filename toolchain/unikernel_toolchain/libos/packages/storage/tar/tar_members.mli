(** An archive, block after block: which members it has, in any of the formats
    that GNU tar, bsdtar and Python write (v7, ustar, pax, GNU). *)

type t
(** What earlier headers said of the members to come. *)

val start : t

val has_global : t -> bool
(** Whether anything holds for all members to come. *)

type kind =
  | File
  | Directory
  | Hard  (** a link to an earlier member *)
  | Symbolic
  | Sparse  (** a file of which the parts that are not zeros are there *)
  | Special  (** devices, pipes, parts of other volumes: nothing to read *)

type member = {
  header : Tar_header.t;  (** its [file_size] is that of the data behind it *)
  kind : kind;
  stored : int;  (** bytes of data behind the header, padded to whole blocks *)
  map_follows : bool;  (** GNU's: blocks of a sparse file's map come first *)
}

type step =
  | End  (** two blocks of zeros, of which one will do *)
  | Member of t * member
  | Extension of int * (string -> (t, string) result)
  (** so many bytes follow that say more of the next member; what is then known *)
  | No_header
  | Damaged of string  (** a sentence *)

val header : t -> Cstruct.t -> step
(** Of a block where a header has to be. *)

val another_map_block : Cstruct.t -> bool
(** Whether behind this block of a sparse file's map there is one more. *)

val longest_extension : int
(** What an extension may have, in bytes: 1 MiB. *)

val longest_name : int
(** What a name may have: 4,096, as paths on Linux. *)
