(** Directories: found, read, and changed such that a kill at any moment leaves
    what was there, or what was meant. *)

module Make (B : Fat_device.S) : sig
  module Map : module type of Fat_sector_map.Make (B)

  type t
  (** The directories of one file system. *)

  type place = int
  (** A directory's first cluster; {!root}. *)

  val connect : Fat_cache.Make(B).t -> Map.t -> t
  val root : place

  val place_of : Fat_entry.t -> place
  (** Of a directory's entry. *)

  val entries : t -> place -> (Fat_entry.t list, [> Map.read_error ]) result Lwt.t

  val hide : t -> place -> Fat_entry.t -> unit
  (** From now on the entry is neither listed nor found. *)

  val find :
    t -> place -> string -> (Fat_entry.t option, [> Map.read_error ]) result Lwt.t
  (** Without regard to case; by the short alias, too. *)

  val add_file : t -> place -> Fat_name.units -> (unit, [> Map.error ]) result Lwt.t
  (** An empty one, with a name that is not there yet. *)

  val add_directory : t -> place -> Fat_name.units -> (place, [> Map.error ]) result Lwt.t
  (** The same. *)

  val set_start :
    t -> place -> Fat_entry.t -> cluster:int -> size:int -> (unit, [> Map.error ]) result Lwt.t

  val remove : t -> place -> Fat_entry.t -> (unit, [> Map.error ]) result Lwt.t
  (** The entry alone; its clusters are the caller's. *)

  val tidy : t -> place -> (unit, [> Map.error ]) result Lwt.t
  (** Gives back the parts of long names that belong to no entry. *)

  val forget : t -> unit
  (** After an error: what was read is read again. *)
end
