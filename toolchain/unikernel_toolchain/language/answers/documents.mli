(** Doc comments, by the place of what they are about. *)

val comment : folders:string list -> Location.t -> string
(** The doc comment of what is declared there, "" when it has none, or its source is not
    installed. The compiled interface is read where there is one (.cmti), else the source. *)

val interface : folders:string list -> string -> string
(** The text of the .mli of a unit, or else its .ml; "" when neither is installed. *)
