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
  idle : string list;
  (** [--idle NAME]: the answer is also what it would be without the device of this name, or those
      of this module, and what only they need; their keys stay. One answer for each choice among
      such names: who asks decides by the answer that has them all. *)
  without_key : string list;  (** [--without-key NAME]: the help does not have this key *)
  words : string list;
}

val of_arguments : string array -> t
(** The first is the program's name.
    @raise Functoria_misc.Refused when this is no such request. *)

val unknown : string list -> options:string list -> string option
(** The first word that is an option and none of these, nor the beginning of a long one. *)

val plain : flags:string list -> string list -> string list
(** The words as Cmdliner takes them: of the options [flags], [--flag=true] is the flag and
    [--flag=false] nothing; [-x=VALUE] is [-x VALUE]. *)

val peek : string list -> 'a Cmdliner.Term.t -> 'a
(** What the words say to a term, whatever else is among them; nothing when they are wrong, which
    {!read} would tell.
    @raise Functoria_misc.Refused when the environment is. *)

val read : string list -> 'a Cmdliner.Term.t -> 'a
(** What the words say to a term, which has to know all of them.
    @raise Functoria_misc.Refused when they are wrong. *)
