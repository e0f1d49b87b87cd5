(** What a boot key is called, what it takes and what the help says of it; the value
    itself is {!Boot_keys}'. *)

type kind =
  | Flag  (** [--name] *)
  | Switch  (** [--name], which is [--name=true], or [--name=VALUE] *)
  | Value of string
  (** [--name=VALUE] or [--name VALUE]; the string is what the value is called *)

type t = {
  names : string list;
  (** without dashes; one of a single letter is given as [-n]. At least one. *)
  kind : kind;
  docs : string;  (** the section of the help *)
  doc : string;  (** in Cmdliner's markup: see {!Doc_markup} *)
  env : string option;  (** the boot variable that is read when no word says it *)
  absent : string;  (** what holds when nothing says it, [""] when there is nothing to show *)
  is_required : bool;
  read : string -> (unit, string) result;  (** keeps the value, or says why not *)
}

val spelled : string -> string
(** With its dashes. *)

val title : t -> string
(** The longest name, with its dashes. *)

val example : t -> string
(** The same as it is given, with the name of its value. *)
