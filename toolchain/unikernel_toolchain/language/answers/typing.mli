(** The compiler's own typing of a module's items; releases return it among other things. *)

val structure : Env.t -> Parsetree.structure -> Typedtree.structure

val desc : Types.type_expr -> Types.type_desc
(** What a type is made of, through links of the type checker's. *)
