(** What the ways to IPv4 have in common. *)

val set_checksum : Cstruct.t -> unit
(** Computes and stores the checksum of the header at the start of the
    buffer. *)
