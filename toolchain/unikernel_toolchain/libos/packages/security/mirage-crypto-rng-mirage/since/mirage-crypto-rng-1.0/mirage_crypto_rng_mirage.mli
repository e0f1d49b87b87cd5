(** mirage-crypto's random generators in a unikernel. Random bytes are strings since
    mirage-crypto 1.0; for a buffer, as [Mirage_random.S] has it, there is
    [Random_unikernel]. *)

module type S = sig
  type g = Mirage_crypto_rng.g
  (** A generator. *)

  module Entropy = Mirage_crypto_rng.Entropy

  val generate : ?g:g -> int -> string
  (** [generate n] is [n] random bytes, from [g] or else from the default generator.
      @raise Mirage_crypto_rng.No_default_generator before [initialize]. *)

  val generate_into : ?g:g -> bytes -> ?off:int -> int -> unit
  (** [generate_into buffer ~off n] leaves them in [buffer], from [off] on (default: 0).
      @raise Invalid_argument when it ends before. *)

  val accumulate : g option -> Entropy.source -> [ `Acc of string -> unit ]
  (** How to feed entropy of one's own to a generator. *)

  val initialize :
    ?g:'a -> ?sleep:int64 -> 'a Mirage_crypto_rng.generator -> unit Lwt.t
    (** Makes a generator of this kind from the platform's entropy, lets it be
        mirage-crypto's default, and feeds its pools from there on, every [sleep]
        nanoseconds (default: one second). Fails with [Failure] when called again. *)
end

module Make (_ : Mirage_time.S) (_ : Mirage_clock.MCLOCK) : S

include S
(** As mirage-crypto 2.0 has it, over the clocks of the unikernel. *)
