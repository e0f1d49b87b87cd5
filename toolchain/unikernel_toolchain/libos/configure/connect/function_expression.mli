val is_function : Parsetree.expression -> bool
(** Whether an expression is a function as it stands: evaluating it does nothing. *)
