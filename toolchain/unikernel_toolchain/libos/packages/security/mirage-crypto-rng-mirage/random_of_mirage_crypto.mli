(** {!Mirage_crypto_rng_mirage} as MirageOS 3.9 has it, whatever mirage-crypto is installed:
    random bytes are cstructs. *)

module Make (_ : Mirage_time.S) (_ : Mirage_clock.MCLOCK) : sig
  include Mirage_random.S

  val initialize :
    ?g:'a -> ?sleep:int64 -> 'a Mirage_crypto_rng.generator -> unit Lwt.t
    (** See {!Mirage_crypto_rng_mirage.Make}. *)
end
