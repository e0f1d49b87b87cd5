(** Constants of a program's text, which releases keep in different ways. *)

val text : Parsetree.constant -> string option
(** What a string constant says. *)
