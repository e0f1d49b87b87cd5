(** Whether the command line has been read. There are two readers, that of boot keys and
    that of Cmdliner's terms, and who comes second has nothing left to do. *)

val is_read : unit -> bool

val set_read : unit -> unit
(** Says so from now on. *)
