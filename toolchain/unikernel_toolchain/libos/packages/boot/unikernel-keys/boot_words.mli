(** A command line, read as Cmdliner 1 reads it: which keys it names, with which text, and
    which words are none. Nothing is stored and nothing printed. *)

type setting = {
  key : Boot_declaration.t;
  spelled : string;  (** its name as it was given, with dashes *)
  text : string option;
}

type t = {
  settings : setting list;
  words : string list;  (** those that are no keys, and all behind [--] *)
  errors : string list;  (** sentences: no such key, no value, a value too many *)
}

val read : Boot_declaration.t list -> string list -> t
(** [read keys arguments], each list in the order of the arguments. *)
