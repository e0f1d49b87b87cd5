(** How Cmdliner's terms are read, for who passes them on without being linked with
    Cmdliner: {!Functoria_runtime} says it, and whoever has a key of its has it. *)

val set : (unit Cmdliner.Term.t list -> string -> string array -> unit) -> unit

val read : unit Cmdliner.Term.t list -> string -> string array -> unit
(** [Functoria_runtime.with_argv], where it is linked.
    @raise Failure where it is not, unless the command line has been read. *)
