(** Entries by their paths. *)

module Make (B : Fat_device.S) : sig
  module Directory : module type of Fat_directory.Make (B)

  type t

  type read_error = [ `Block_read of B.error | `No_directory_entry | `Is_a_directory | `Not_a_directory ]
  type error = [ read_error | `Block_write of B.write_error | `No_space | `Exn of exn ]

  val connect : Directory.t -> t

  (** {1 Found} *)

  type found = Directory.place * Fat_entry.t
  (** The directory that the entry is in, and the entry. *)

  val lookup :
    t -> string -> ([ `Root | `Entry of found | `Nothing ], [> read_error ]) result Lwt.t

  val file : t -> string -> (found, [> read_error ]) result Lwt.t
  (** What is no directory. *)

  val directory : t -> string -> (Directory.place, [> read_error ]) result Lwt.t

  (** {1 Added, with the directories above} *)

  val add_file : t -> string -> (unit, [> error ]) result Lwt.t
  val add_directory : t -> string -> (unit, [> error ]) result Lwt.t

  (** {1 Remembered} *)

  val set_latest : t -> string -> found -> unit
  (** The entry has become this one. *)

  val forget_latest : t -> unit

  val forget : t -> unit
  (** After an error: what was read is read again. *)
end
