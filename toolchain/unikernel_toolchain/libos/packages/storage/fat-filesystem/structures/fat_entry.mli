(** A directory's bytes: slots of 32, of which a file has one, preceded by those
    of its long name (specification section "Directory Structure"). *)

type t = {
  name : string;  (** as shown: the long one where there is one *)
  keys : string * string;  (** {!Fat_name.key} of the name, and of the alias *)
  short : string;  (** 11 bytes *)
  attributes : int;
  cluster : int;  (** the first, 0 when there is none *)
  size : int;  (** in bytes; 0 of directories *)
  first_slot : int;
  last_slot : int;  (** the file's own, behind its long name's *)
}

val slot_bytes : int
val is_directory : t -> bool
val is_read_only : t -> bool
val is_hidden : t -> bool
(** A label, ["."] or [".."]. *)

val directory_attribute : int
val archive_attribute : int

val scan : Cstruct.t -> t list * int list
(** What a directory lists, which is all that is not hidden; long names whose parts
    do not belong together fall away. And slots of long names that belong to no
    entry. *)

val end_slot : Cstruct.t -> int
(** Of the slot behind the last that was ever used. *)

val is_free : Cstruct.t -> int -> bool
(** Whether the slot before {!end_slot} was given back. *)

val slots_of : Fat_name.units -> int

val encode :
  Fat_name.units -> short:string -> attributes:int -> cluster:int -> size:int -> Cstruct.t
(** A new entry's slots, with a long name unless the short one says all. FAT
    knows no time here: the date is the first that it has, 1980-01-01. *)

val made :
  Fat_name.units -> short:string -> attributes:int -> cluster:int -> first_slot:int -> t
(** What {!encode} has encoded, of size 0, as it reads from this slot on. *)

val dots : itself:int -> parent:int -> Cstruct.t
(** ["."] and [".."] of a new directory: the first clusters, 0 of the root. *)

val set_start : Cstruct.t -> cluster:int -> size:int -> unit
(** In a file's own slot. *)

val give_back : Cstruct.t -> int -> unit
(** Marks the slot of this number as free. *)
