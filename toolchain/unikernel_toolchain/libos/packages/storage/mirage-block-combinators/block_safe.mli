(** See {!Mirage_block_combinators.Make_safe}. *)

module Make (B : Mirage_block.S) : sig
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
