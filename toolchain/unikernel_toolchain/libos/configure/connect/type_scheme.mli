val tree : Types.type_expr -> Outcometree.out_type
(** A value's type in the form in which it is printed. *)
