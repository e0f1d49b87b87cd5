(** Log levels by boot key: [--logs], [-l], or the variable MIRAGE_LOGS. A comma
    separates [LEVEL] or [*:LEVEL], for all sources, and [SOURCE:LEVEL]. Levels
    are quiet, app, error, warning, info and debug. *)

val start : ?default:Logs.level -> unit -> unit
(** Declares the key and reports to the console from now on, at [default] (info,
    MirageOS 3.9's) until the key is read. Every program that is linked with Logs
    calls it before its own modules are initialised. *)
