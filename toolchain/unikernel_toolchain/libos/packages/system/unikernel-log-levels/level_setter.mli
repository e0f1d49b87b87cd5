(** How log levels are set, for [Mirage_runtime], whose hooks are used by programs that do
    not log: {!Log_levels} says it, and what reports logs is linked with that. *)

type t = default:Logs.level -> ([ `All | `Src of string ] * Logs.level) list -> unit

val use : t -> unit

val set : t
(** @raise Failure when nobody has said how. *)
