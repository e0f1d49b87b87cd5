(** Converters of log levels: see {!Log_levels} for their text. *)

val log_threshold : ([ `All | `Src of string ] * Logs.level) Boot_converters.t
(** MirageOS 3.9's [Mirage_runtime.log_threshold], in which a source cannot be quiet. *)

val level : (Log_levels.place * Logs.level option) Boot_converters.t
