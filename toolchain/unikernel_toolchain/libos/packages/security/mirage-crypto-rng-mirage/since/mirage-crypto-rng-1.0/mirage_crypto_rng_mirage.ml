module Rng = Mirage_crypto_rng

module type S = sig
  type g = Rng.g

  module Entropy = Rng.Entropy

  val generate : ?g:g -> int -> string
  val generate_into : ?g:g -> bytes -> ?off:int -> int -> unit
  val accumulate : g option -> Entropy.source -> [ `Acc of string -> unit ]
  val initialize : ?g:'a -> ?sleep:int64 -> 'a Rng.generator -> unit Lwt.t
end

module Make (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) = struct
  type g = Rng.g

  module Entropy = Rng.Entropy

  let generate = Rng.generate
  let generate_into = Rng.generate_into
  let accumulate = Rng.accumulate

  let initialize ?g ?sleep generator =
    Rng_seeding.initialize ?g ?sleep ~sleep_ns:Time.sleep_ns ~time:Clock.elapsed_ns generator
end

include
  Make
    (struct
      let sleep_ns = Default_time.sleep_ns
    end)
    (Mclock)
