(** Files written. *)

module Make (B : Fat_device.S) : sig
  type t = {
    cache : Fat_cache.Make(B).t;
    map : Fat_sector_map.Make(B).t;
    directory : Fat_directory.Make(B).t;
    tree : Fat_tree.Make(B).t;
  }

  val largest_file : int
  (** In bytes. *)

  val run :
    t ->
    string ->
    Fat_tree.Make(B).found ->
    offset:int ->
    Cstruct.t ->
    (unit, [> Fat_sector_map.Make(B).error ]) result Lwt.t
    (** [run t path found ~offset data] overwrites from there on; zeros fill what
        lies between. *)
end
