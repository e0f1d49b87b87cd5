(** The tree of directories, walked when a file system is connected: what a
    killed guest left behind is freed (clusters that belong to nothing, chains
    longer than their files, parts of very long names), and what leads in a
    circle is hidden. *)

module Make (B : Fat_device.S) : sig
  val run :
    Fat_sector_map.Make(B).t ->
    Fat_directory.Make(B).t ->
    read_write:bool ->
    ([ `Sound | `Damaged ], [> Fat_sector_map.Make(B).error ]) result Lwt.t
    (** Frees nothing where more is wrong than a kill explains. [`Damaged] when
        clusters are in two chains, or in one and free. *)
end
