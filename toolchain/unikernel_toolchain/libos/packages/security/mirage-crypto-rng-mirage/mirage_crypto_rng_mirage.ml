(* The generator is the application's choice; this seeds it from the platform's, and feeds
   it from there once a second. *)

module Rng = Mirage_crypto_rng

let seed_bytes = 64
let pool_bytes = 32
let default_sleep_ns = 1_000_000_000L
let initialized = ref false

module Make (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) = struct
  type g = Rng.g

  let generate ?g n = Rng.generate ?g n
  let entropy bytes () = Random_unikernel.generate bytes

  let rec feed ~sleep source =
    Lwt.bind (Time.sleep_ns sleep) (fun () ->
        Rng.Entropy.feed_pools None source (entropy pool_bytes);
        feed ~sleep source)

  let start ?g ~sleep generator =
    let seed = entropy seed_bytes () and time = Clock.elapsed_ns in
    Rng.set_default_generator (Rng.create ?g ~seed ~time generator);
    let source = Rng.Entropy.register_source "unikernel" in
    Lwt.async (fun () -> feed ~sleep source)

  let initialize ?g ?(sleep = default_sleep_ns) generator =
    if !initialized then
      Lwt.fail_with "Mirage_crypto_rng_mirage.initialize: already initialized"
    else (
      initialized := true;
      start ?g ~sleep generator;
      Lwt.return_unit)
end
