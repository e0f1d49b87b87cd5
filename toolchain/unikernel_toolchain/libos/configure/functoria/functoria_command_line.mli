(** What the configure stage is asked: [config ACTION OPTION... WORD...], where the words are
    those that a person typed. *)

type action =
  | Configure  (** evaluate the application and answer *)
  | Clean  (** undo what devices did when they were configured and built *)
  | Help  (** print the keys *)

type t = {
  action : action;
  answer : string option;  (** [--answer FILE] *)
  wants_terms : bool;
  (** [--wants-terms]: Key_gen has terms of Cmdliner's, and [runtime_keys] *)
  without : string list;
  (** [--without NAME]: the device of this name, or those of this module, are left out, and
      what only they need; their keys stay *)
  words : string list;
}

val of_arguments : string array -> t
(** The first is the program's name.
    @raise Functoria_misc.Refused when this is no such request. *)

val peek : string list -> 'a Cmdliner.Term.t -> 'a
(** What the words say to a term, whatever else is among them; nothing when they are wrong, which
    {!read} would tell.
    @raise Functoria_misc.Refused when the environment is. *)

val read : string list -> keys:string list -> 'a Cmdliner.Term.t -> 'a
(** What the words say to a term, which has to know all of them; [keys] are the options that an
    error names.
    @raise Functoria_misc.Refused when they are wrong. *)

val print_help : Format.formatter -> program:string -> 'a Cmdliner.Term.t -> unit
