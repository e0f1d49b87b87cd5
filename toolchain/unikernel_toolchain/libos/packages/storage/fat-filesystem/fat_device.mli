(** Block devices, with a cache of their own or without one. *)

module type S = sig
  include Mirage_block.S

  val flush : t -> (unit, write_error) result Lwt.t
  (** Resolves when all that was written before outlives a power cut. *)
end

(** Says that all is flushed. *)
module Without_flush (B : Mirage_block.S) :
  S with type t = B.t and type error = B.error and type write_error = B.write_error
