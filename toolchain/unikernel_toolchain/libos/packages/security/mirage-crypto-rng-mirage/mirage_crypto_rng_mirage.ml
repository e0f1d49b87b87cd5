module Rng = Mirage_crypto_rng

module Make (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) = struct
  type g = Rng.g

  let generate ?g n = Rng.generate ?g n

  let initialize ?g ?sleep generator =
    Rng_seeding.initialize ?g ?sleep ~sleep_ns:Time.sleep_ns ~time:Clock.elapsed_ns generator
end
