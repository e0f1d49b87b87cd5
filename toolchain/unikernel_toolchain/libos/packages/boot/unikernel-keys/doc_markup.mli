(** The words that describe boot keys, as MirageOS 3.9 has them in Cmdliner's markup. *)

val plain : words:(string * string) list -> string -> string
(** [plain ~words text] without its markup: [$(b,TEXT)] is [TEXT], [$(NAME)] is what [words]
    has for [NAME], [\ ] takes what follows as it is. *)

val wrapped : indent:int -> width:int -> string -> string
(** Paragraph of words, blanks and line ends being the same, in lines of at most [width]
    bytes that begin with [indent] blanks; a word that is longer has a line of its own. *)
