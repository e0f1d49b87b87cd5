(** Functions over block devices (MirageOS 3.9, mirage-block-combinators 2.0). Sizes of two
    devices are compared in bytes; their sectors may differ. *)

module type SEEKABLE = sig
  include Mirage_block.S

  val seek_unmapped : t -> int64 -> (int64, error) result Lwt.t
  (** The first sector from this one on that nothing is stored for, or the size. *)

  val seek_mapped : t -> int64 -> (int64, error) result Lwt.t
  (** The first that something may be stored for, or the size. *)
end

module type RESIZABLE = sig
  include Mirage_block.S

  val resize : t -> int64 -> (unit, write_error) result Lwt.t
  (** To so many sectors; new ones are zero. *)
end

module Compare (A : Mirage_block.S) (B : Mirage_block.S) : sig
  type error = [ `A of A.error | `B of B.error ]

  val pp_error : error Fmt.t

  val v : A.t -> B.t -> (int, error) result Lwt.t
  (** Negative, 0 or positive, by size and then by content. *)
end

module Fold (A : Mirage_block.S) : sig
  val s :
    f:('a -> int64 -> Cstruct.t -> 'a Lwt.t) -> 'a -> A.t -> ('a, A.error) result Lwt.t
    (** Gives [f] the content in order, in pieces of some 64 KiB, each with its first sector.
        The buffer is used again once the promise of [f] is resolved. *)
end

module Fast_fold (A : SEEKABLE) : sig
  val mapped_s :
    f:('a -> int64 -> Cstruct.t -> 'a Lwt.t) -> 'a -> A.t -> ('a, A.error) result Lwt.t
  (** The same for what is mapped. *)

  val unmapped_s :
    f:('a -> int64 -> int64 -> 'a Lwt.t) -> 'a -> A.t -> ('a, A.error) result Lwt.t
    (** Gives [f] the first sector and the length of all that is not. *)
end

module Copy (A : Mirage_block.S) (B : Mirage_block.S) : sig
  type error = private [> `Is_read_only | `Different_sizes ]

  val pp_error : error Fmt.t
  val v : src:A.t -> dst:B.t -> (unit, error) result Lwt.t
end

module Sparse_copy (A : SEEKABLE) (B : Mirage_block.S) : sig
  type error = private [> `Is_read_only | `Different_sizes ]

  val pp_error : error Fmt.t

  val v : src:A.t -> dst:B.t -> (unit, error) result Lwt.t
  (** Leaves [dst] as it is where nothing is mapped in [src]. *)
end

module Fill (A : Mirage_block.S) : sig
  val random : A.t -> (unit, A.write_error) result Lwt.t
  (** By [Stdlib.Random]: for tests, not for secrets. *)
end

module Make_safe (B : Mirage_block.S) : sig
  type error = private [> Mirage_block.error | `Unsafe of string ]
  type write_error = private [> Mirage_block.write_error | `Unsafe of string ]

  include
    Mirage_block.S
    with type t = B.t
     and type error := error
     and type write_error := write_error

  val unsafe_read : t -> int64 -> Cstruct.t list -> (unit, B.error) result Lwt.t
  val unsafe_write : t -> int64 -> Cstruct.t list -> (unit, B.write_error) result Lwt.t
end
(** Looks at each request before [B] gets it: whole sectors, inside the device, and no
    writes to one that is read-only. *)

module Mem : sig
  include Mirage_block.S

  val connect : string -> t Lwt.t
  (** 16 MiB of zeros in sectors of 512 bytes; memory is taken as it is written. Each name is
      a device that is there until the unikernel ends. *)
end
