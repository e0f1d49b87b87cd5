(** What is in files. *)

module Make (B : Fat_device.S) : sig
  module Map : module type of Fat_sector_map.Make (B)

  val read :
    Fat_cache.Make(B).t ->
    Map.t ->
    Fat_entry.t ->
    offset:int ->
    length:int ->
    (Cstruct.t list, [> Map.read_error ]) result Lwt.t
  (** A request a run of clusters that lie behind each other. Less than
      [length] where the file ends, or its chain. *)

  val sound : Map.t -> Fat_entry.t -> (Fat_entry.t, [> Map.read_error ]) result Lwt.t
  (** With no larger size than the file's clusters hold. *)

  val write :
    Fat_cache.Make(B).t ->
    Map.t ->
    Fat_entry.t ->
    offset:int ->
    Cstruct.t ->
    (Fat_entry.t, [> Map.error ]) result Lwt.t
    (** Into a sound file, from an offset that is no larger than its size. New
        clusters are filled and then linked; the entry that comes back, when it is
        another, remains to be written. *)
end
