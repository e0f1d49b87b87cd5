(** What applications ask of the run time (MirageOS 3.9, mirage-runtime): hooks, log levels,
    converters and keys over Cmdliner.

    A program is linked with what it uses of them: {!Arg} and {!Key} are other modules, which
    bring Cmdliner, and levels are set by what reports logs. *)

type log_threshold = [ `All | `Src of string ] * Logs.level

val set_level : default:Logs.level -> log_threshold list -> unit
(** [set_level ~default thresholds] sets the level of the sources that are named, and that of
    all others, [`All]'s or [default]. A source that is not there is warned of. *)

module Arg = Mirage_runtime_arg
module Key = Functoria_runtime.Key

val with_argv : unit Cmdliner.Term.t list -> string -> string array -> unit
(** See {!Functoria_runtime.with_argv}.
    @raise Failure in a program that has neither keys of {!Key} nor boot keys that were read:
    there it is [Functoria_runtime.with_argv] that has to be called. *)

(** {1 Hooks}

    Of each kind the one registered last runs first. *)

include module type of Os_hooks
