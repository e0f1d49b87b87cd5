module Make (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) = struct
  module Strings = Mirage_crypto_rng_mirage.Make (Time) (Clock)

  type g = Strings.g

  let generate ?g n = Cstruct.of_string (Strings.generate ?g n)
  let initialize = Strings.initialize
end
