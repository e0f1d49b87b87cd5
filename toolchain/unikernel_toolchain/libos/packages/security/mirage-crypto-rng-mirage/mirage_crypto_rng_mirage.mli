(** mirage-crypto's random generators in a unikernel. *)

module Make (_ : Mirage_time.S) (_ : Mirage_clock.MCLOCK) : sig
  include Mirage_random.S
  (** [generate] draws from mirage-crypto's default generator and raises
      [Mirage_crypto_rng.No_default_generator] before {!initialize}. *)

  val initialize :
    ?g:'a -> ?sleep:int64 -> 'a Mirage_crypto_rng.generator -> unit Lwt.t
    (** Makes a generator of this kind from the platform's entropy, lets it be
        mirage-crypto's default, and feeds its pools from there on, every [sleep]
        nanoseconds (default: one second). Fails with [Failure] when called again. *)
end
