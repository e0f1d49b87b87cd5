(** What a pax archive's global headers have said, for as long as it is read from
    a channel. *)

type 'channel t

val create : unit -> 'channel t

val take : 'channel t -> 'channel -> Tar_members.t
(** What holds for the next member; it is forgotten here, so that nothing stays
    of an archive that ends or is damaged. *)

val put : 'channel t -> 'channel -> Tar_members.t -> unit
