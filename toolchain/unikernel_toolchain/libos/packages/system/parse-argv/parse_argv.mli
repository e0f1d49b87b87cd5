(** Words of a command line, as a shell parts them. *)

val parse : string -> (string list, string) result
(** Words stand between blanks; single and double quotes keep blanks, and a backslash the next
    character, but for one in single quotes. An error says what the text ends in. *)
