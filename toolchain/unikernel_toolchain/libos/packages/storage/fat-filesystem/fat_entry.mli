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
val directory_attribute : int
val archive_attribute : int

val all : Cstruct.t -> t list
(** What a directory lists, without labels, ["."] and [".."]. Long names whose
    parts do not belong together fall away. *)

val strays : Cstruct.t -> int list
(** Slots of long names that belong to no entry. *)

val matches : string -> t -> bool
(** Whether the entry's name, or its alias, has this {!Fat_name.key}. *)

val end_slot : Cstruct.t -> int
(** Of the slot behind the last that was ever used. *)

val is_free : Cstruct.t -> int -> bool
(** Whether the slot before {!end_slot} was given back. *)

val slots_of : Fat_name.units -> int

val encode :
  Fat_name.units -> short:string -> attributes:int -> cluster:int -> size:int -> Cstruct.t
(** A new entry's slots, with a long name unless the short one says all. FAT
    knows no time here: the date is the first that it has, 1980-01-01. *)

val dots : itself:int -> parent:int -> Cstruct.t
(** ["."] and [".."] of a new directory: the first clusters, 0 of the root. *)

val set_start : Cstruct.t -> cluster:int -> size:int -> unit
(** In a file's own slot. *)

val give_back : Cstruct.t -> int -> unit
(** Marks the slot of this number as free. *)
