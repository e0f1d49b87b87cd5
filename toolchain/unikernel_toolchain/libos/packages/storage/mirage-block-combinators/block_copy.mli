(** See {!Mirage_block_combinators}. *)

module Copy (A : Mirage_block.S) (B : Mirage_block.S) : sig
  type error = private [> `Is_read_only | `Different_sizes ]

  val pp_error : error Fmt.t
  val v : src:A.t -> dst:B.t -> (unit, error) result Lwt.t
end

module Sparse_copy (A : Block_sweep.SEEKABLE) (B : Mirage_block.S) : sig
  type error = private [> `Is_read_only | `Different_sizes ]

  val pp_error : error Fmt.t
  val v : src:A.t -> dst:B.t -> (unit, error) result Lwt.t
end

module Fill (A : Mirage_block.S) : sig
  val random : A.t -> (unit, A.write_error) result Lwt.t
end
