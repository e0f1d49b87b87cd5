(** The help of configure: the keys of an application, as flags. *)

val print : Format.formatter -> Functoria_key.Set.t -> unit
(** Section by section, those in the order of their names and keys in theirs: for each its flags,
    its default, its variable of the environment and its documentation. Keys that are read at boot
    alone are left out, as configure takes none of them. *)
