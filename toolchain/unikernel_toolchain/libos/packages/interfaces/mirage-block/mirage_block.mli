(** Block devices, of sectors that are read and written whole (MirageOS 3.9,
    mirage-block 2.0). *)

type error = Mirage_device.error

val pp_error : error Fmt.t

type write_error = [ error | `Is_read_only  (** nothing was written *) ]

val pp_write_error : write_error Fmt.t

type info = {
  read_write : bool;
  sector_size : int;  (** bytes *)
  size_sectors : int64;
}

module type S = sig
  type error = private [> Mirage_device.error ]

  val pp_error : error Fmt.t

  type write_error = private [> Mirage_device.error | `Is_read_only ]

  val pp_write_error : write_error Fmt.t

  include Mirage_device.S

  val get_info : t -> info Lwt.t

  val read : t -> int64 -> Cstruct.t list -> (unit, error) result Lwt.t
  (** [read t sector buffers] fills the buffers, each of whole sectors, with what is at
      [sector] and behind. They are the device's until the promise is resolved. Several
      requests may be under way; they are done in any order. *)

  val write : t -> int64 -> Cstruct.t list -> (unit, write_error) result Lwt.t
  (** The same the other way round. [Error _] may leave a part written. *)
end
