(** A program in pieces, of which some may be unfinished: each is parsed by itself. *)

type t = { first : int; text : string }
(** What stands from byte [first] of the program on. *)

val split : string -> t list
(** The program cut where a line begins with a word that begins an item of a module. *)

val parse : t -> Parsetree.structure option
(** Its items, with places as in the whole program; [None] when it does not parse. *)

val ends_in_words : t list -> int -> bool
(** Whether a place of the program is in a comment or a string. *)

val with_hole : t -> int * int -> t list
(** [with_hole chunk (start, stop)] are ways to read a chunk whose bytes from [start] to [stop],
    of the program, are being written: as they would stand in an expression. *)
