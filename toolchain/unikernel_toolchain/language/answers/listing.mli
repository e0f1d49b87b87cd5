(** The names that begin with something, and what they stand for. *)

type 'meaning found = { name : string; kind : string; meaning : 'meaning }

type entry = string found
(** [kind] is [value], [module], [type], [constructor], [field], [label] or [module type]; [meaning] is a
    type in one line, or "". *)

val value : Env.t -> Types.type_expr -> string
(** A type as text, in one line, with names as short as they may be written there. *)

val labels : Env.t -> Labels.call -> string -> entry list option
(** The labels that begin so, in the order of the arguments; [None] for a function that is not
    known. *)

val beginning : Env.t -> folders:string list -> string -> entry list
(** Sorted, and each once. What the compiler brings in for itself is left out. *)
