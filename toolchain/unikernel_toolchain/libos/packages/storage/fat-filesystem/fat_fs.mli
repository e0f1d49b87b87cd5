(** FAT file systems over a block device: {!Fat.FS} and {!Fat.Durable_FS}. *)

module Make (B : Mirage_block.S) : sig
  type error = [ Mirage_fs.error | `Block_read of B.error ]

  type write_error =
    [ error
    | Mirage_fs.write_error
    | `Directory_not_empty
    | `Block_write of B.write_error
    | `Exn of exn  (** [Invalid_argument] or [Failure], with a sentence *) ]

  include Mirage_fs.S with type error := error and type write_error := write_error

  val connect : B.t -> t Lwt.t
  (** What a guest that was killed left behind is put in order, unless the device
      is read-only or more is wrong than a kill explains: copies of the table
      become equal, clusters that belong to nothing are free again. Where
      clusters are in two files nothing is changed any more, and what leads in
      a circle is hidden.
      @raise Failure with a sentence when there is no FAT file system. *)

  val format : B.t -> int64 -> (t, write_error) result Lwt.t
  (** [format device bytes] makes an empty file system of so many bytes, and
      connects. *)
end

module Durable (B : Fat_device.S) : sig
  type error = [ Mirage_fs.error | `Block_read of B.error ]

  type write_error =
    [ error
    | Mirage_fs.write_error
    | `Directory_not_empty
    | `Block_write of B.write_error
    | `Exn of exn  (** [Invalid_argument] or [Failure], with a sentence *) ]

  include Mirage_fs.S with type error := error and type write_error := write_error

  val connect : ?sync:bool -> B.t -> t Lwt.t
  (** As {!Make.connect}. A cut of the power at any moment leaves what a kill may
      leave, and what was answered before the last flush. With [sync], the default,
      each change is flushed before it is answered; without it, whoever wants to be
      sure calls {!val-sync}, and most changes flush once less.
      @raise Failure with a sentence when there is no FAT file system. *)

  val sync : t -> (unit, write_error) result Lwt.t
  (** Resolves when all that was answered before outlives a power cut. {!disconnect}
      does it, too. *)

  val format : B.t -> int64 -> (t, write_error) result Lwt.t
  (** As {!Make.format}, with [sync]. *)
end
