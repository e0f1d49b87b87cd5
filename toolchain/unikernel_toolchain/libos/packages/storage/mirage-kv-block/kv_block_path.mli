(** Keys as the tree has them: texts whose order is that of the keys. *)

val of_key : Mirage_kv.Key.t -> string
(** Each segment with ["/"] behind it. *)

val is_below : path:string -> string -> bool
(** Whether a text is longer than a path, and begins with it. *)

val past : string -> string
(** The first text above a path and all that is below it. *)

val segment_below : path:string -> string -> (string * int) option
(** The first segment of a text below this path, and where the next begins;
    [None] when it has none, as extents. *)

val extent : string -> int -> string
(** Of the extent of a value at this path that begins with the value's block of
    this number. *)
