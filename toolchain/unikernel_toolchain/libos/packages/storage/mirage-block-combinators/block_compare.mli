(** See {!Mirage_block_combinators.Compare}. *)

module Make (A : Mirage_block.S) (B : Mirage_block.S) : sig
  type error = [ `A of A.error | `B of B.error ]

  val pp_error : error Fmt.t
  val v : A.t -> B.t -> (int, error) result Lwt.t
end
