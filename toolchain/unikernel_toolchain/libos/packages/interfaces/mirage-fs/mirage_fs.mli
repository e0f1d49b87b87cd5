(** File systems (MirageOS 3.9, mirage-fs 3.0). New programs are better off with
    {!Mirage_kv}.

    Paths are segments with ["/"] between them, from the root. *)

type error = [ `Is_a_directory | `No_directory_entry | `Not_a_directory ]

val pp_error : error Fmt.t

type write_error = [ error | `File_already_exists | `No_directory_entry | `No_space ]

val pp_write_error : write_error Fmt.t

type stat = {
  filename : string;  (** the last segment *)
  read_only : bool;
  directory : bool;
  size : int64;  (** in bytes *)
}

module type S = sig
  type error = private [> `Is_a_directory | `No_directory_entry | `Not_a_directory ]

  val pp_error : error Fmt.t

  type write_error = private
    [> `Is_a_directory
    | `No_directory_entry
    | `Not_a_directory
    | `File_already_exists
    | `No_directory_entry
    | `No_space ]

  val pp_write_error : write_error Fmt.t

  include Mirage_device.S

  val read : t -> string -> int -> int -> (Cstruct.t list, error) result Lwt.t
  (** [read t path offset length]: so many bytes from there on, fewer where the
      file ends. *)

  val size : t -> string -> (int64, error) result Lwt.t
  (** Of a file, in bytes. *)

  val create : t -> string -> (unit, write_error) result Lwt.t
  (** An empty file; directories above it come to be, as for the next two. *)

  val mkdir : t -> string -> (unit, write_error) result Lwt.t
  (** Ok where the directory is. *)

  val destroy : t -> string -> (unit, write_error) result Lwt.t
  (** Removes a file, or an empty directory. *)

  val stat : t -> string -> (stat, error) result Lwt.t
  val listdir : t -> string -> (string list, error) result Lwt.t

  val write : t -> string -> int -> Cstruct.t -> (unit, write_error) result Lwt.t
  (** [write t path offset bytes] overwrites from there on, and lengthens the
      file where it ends before. *)
end

(** A file system's files as values and its directories as dictionaries. The
    interface knows no times: [last_modified] is 1970-01-01. [digest] is MD5. *)
module To_KV_RO (FS : S) : sig
  include Mirage_kv.RO with type t = FS.t

  val connect : FS.t -> t Lwt.t
end
