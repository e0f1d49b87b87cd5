(** A small, sound file system with some files in it, and where what lies in it. *)

type t = {
  image : Cstruct.t;
  layout : Fat_boot_sector.t;
  directories : int list;  (** where their clusters begin, in bytes *)
}

val make : Fat_format.t -> int -> t
(** With so many clusters of 512 bytes. *)
