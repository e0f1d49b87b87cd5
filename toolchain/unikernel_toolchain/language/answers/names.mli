(** Names of a program's text: what stands around a place, and what they mean there. *)

val around : string -> int -> int * int
(** [around text offset] is where the dotted name that holds [offset], or ends there, begins and
    ends. *)

val split : string -> string list * string
(** [split "A.B.c"] is [["A"; "B"], "c"]. *)

val modules : string list -> string list
(** Those of a path that name modules: what stands before them is a value with a field. *)

val path : string list -> Longident.t option
(** The path of these names, [None] for none. *)
