module Rng = Mirage_crypto_rng

let seed_bytes = 64
let pool_bytes = 32
let default_sleep_ns = 1_000_000_000L
let initialized = ref false

(* What is fed goes to one pool after the other. *)
let feed source =
  let (`Acc add) = Rng.accumulate None source in
  for _ = 1 to Rng.pools None do
    add (Rng_entropy.generate pool_bytes)
  done

let rec feed_for_ever ~sleep ~sleep_ns source =
  Lwt.bind (sleep_ns sleep) (fun () ->
      feed source;
      feed_for_ever ~sleep ~sleep_ns source)

let initialize ?g ?(sleep = default_sleep_ns) ~sleep_ns ~time generator =
  if !initialized then
    Lwt.fail_with "Mirage_crypto_rng_mirage.initialize: already initialized"
  else (
    initialized := true;
    let seed = Rng_entropy.generate seed_bytes in
    Rng.set_default_generator (Rng.create ?g ~seed ~time generator);
    let source = Rng.Entropy.register_source "unikernel" in
    Lwt.async (fun () -> feed_for_ever ~sleep ~sleep_ns source);
    Lwt.return_unit)
