(** Doc comments, by the place of what they are about. *)

type t =
  | Written of string  (** a doc comment, "" for none *)
  | Included of Longident.t  (** it comes from this signature, some types of which are others *)

val declared : folders:string list -> Location.t -> t option
(** What is known of a declaration; [None] when its source is not installed. *)

val comment : folders:string list -> Location.t -> string
(** The doc comment of what is written there, "" when it has none, or its source is not
    installed. The compiled interface is read where there is one (.cmti), else the source. *)

val interface : folders:string list -> string -> string
(** The text of the .mli of a unit, or else its .ml; "" when neither is installed. *)
