(** See {!Mirage_block_combinators}. *)

module Fold (A : Mirage_block.S) : sig
  val s :
    f:('a -> int64 -> Cstruct.t -> 'a Lwt.t) -> 'a -> A.t -> ('a, A.error) result Lwt.t
end

module Fast_fold (A : Block_sweep.SEEKABLE) : sig
  val mapped_s :
    f:('a -> int64 -> Cstruct.t -> 'a Lwt.t) -> 'a -> A.t -> ('a, A.error) result Lwt.t

  val unmapped_s :
    f:('a -> int64 -> int64 -> 'a Lwt.t) -> 'a -> A.t -> ('a, A.error) result Lwt.t
end
