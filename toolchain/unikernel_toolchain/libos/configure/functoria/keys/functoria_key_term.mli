(** A key on the command line of the configure stage. *)

val make :
  name:string -> with_required:bool -> 'a Functoria_key_arg.t -> 'a option Cmdliner.Term.t
(** What is given, if anything is. [with_required] has a key of the configure stage alone that is
    required be given.
    @raise Functoria_misc.Refused in evaluation: the key of that [name] is not given, or not as it
    must be. *)

val missing : name:string -> Functoria_key_arg.info -> 'a
(** @raise Functoria_misc.Refused always: this key has to be given. *)
