(** Log levels by source as a person writes them; see {!Log_levels}. Who only reads and prints them
    is not linked with Logs, nor with Format behind it. *)

type place = [ `All | `Src of string ]

val read : string -> (place * Logs.level option, string) result
(** An error is a sentence that says what is right. *)

val print : place * Logs.level option -> string
