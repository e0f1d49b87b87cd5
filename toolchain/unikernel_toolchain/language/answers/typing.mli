(** The compiler's own typing of a module's items; releases return it among other things. *)

val structure : Env.t -> Parsetree.structure -> Typedtree.structure
