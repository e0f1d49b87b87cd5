(** File systems as mkfs.fat makes them, and what fsck.fat says of them. *)

val fresh : string array Lazy.t
(** Small ones, of each width. *)

val sound : string -> string -> unit
(** [sound what image]: nothing at all is wrong.
    @raise Failure with what fsck.fat says. *)

val harmless : string -> string -> unit
(** Nothing is wrong but what a cut may leave: clusters of nothing, copies of the
    table that differ, chains longer than their files, parts of very long names,
    which are counted as reached ({!Seeded_runs.reach}). *)
