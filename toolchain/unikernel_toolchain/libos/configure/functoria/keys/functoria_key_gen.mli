(** The text of the module Key_gen: [N ()] for every key named [N]. What is read at boot is
    declared over [Boot_keys], which links neither Cmdliner nor Format. *)

val text : Functoria.context -> wants_terms:bool -> Functoria_key.Set.t -> string
(** With [wants_terms] there are [N_t] for every key of boot, and [runtime_keys]: terms of
    Cmdliner's that read nothing, since the command line is read before anybody can ask.
    @raise Functoria_misc.Refused when a key of the configure stage that is required is not
    given. *)
