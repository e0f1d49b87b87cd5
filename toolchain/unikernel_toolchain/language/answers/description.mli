(** What a name means, for a person. *)

type t = {
  name : string;
  kind : string;
  meaning : string;  (** its declaration, as an interface has it *)
  comment : string;
  interface : string;  (** of a module: the text of its .mli, or its signature *)
}

val of_name : Env.t -> folders:string list -> string -> t option

val of_variable : Env.t -> string -> Types.type_expr -> t
(** The description of what is just being defined. *)
