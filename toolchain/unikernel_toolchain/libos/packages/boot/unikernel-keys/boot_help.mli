(** The page that [--help] prints: a section for each of the keys' [docs], those of MirageOS
    3.9 first and in its order, and the boot variables that are read. *)

val text : program:string -> synopsis:string -> Boot_declaration.t list -> string
(** Of at most 78 columns where words are not longer; ends in a newline. *)
