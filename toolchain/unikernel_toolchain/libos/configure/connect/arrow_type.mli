(** Types of functions, in the printer's form of a type. *)

val unlabelled : Outcometree.out_type -> (Outcometree.out_type * Outcometree.out_type) option
(** What a function takes and gives, when its argument has no label. *)
