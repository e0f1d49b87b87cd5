(* Three sources of entropy: the platform's generator, the processor's where it has one, and
   the moments at which the main loop goes round. What is fed goes to one pool after the
   other, as Fortuna has it. Moments closer than a millisecond are passed over: they cost more
   than they tell, and a loaded unikernel has a hundred of them in each. *)

module Rng = Mirage_crypto_rng
module Entropy = Rng.Entropy

let seed_bytes = 64
let pool_bytes = 32
let default_sleep_ns = 1_000_000_000L
let moment_ns = 1_000_000L
let initialized = ref false

let feed_platform source =
  let (`Acc add) = Rng.accumulate None source in
  for _ = 1 to Rng.pools None do
    add (Rng_entropy.generate pool_bytes)
  done

(* Whoever asks for the processor's feed registers it, so it is asked for once. *)
let processor_feed () =
  match Entropy.cpu_rng with Ok feed -> feed None | Error `Not_supported -> ignore

let rec feed_for_ever ~sleep ~sleep_ns feed =
  Lwt.bind (sleep_ns sleep) (fun () ->
      feed ();
      feed_for_ever ~sleep ~sleep_ns feed)

let note_moments ~time =
  let note = Entropy.timer_accumulator None in
  let last = ref (time ()) in
  Os_hooks.at_enter_iter (fun () ->
      let now = time () in
      if Int64.compare (Int64.sub now !last) moment_ns >= 0 then (
        last := now;
        note ()))

let initialize ?g ?(sleep = default_sleep_ns) ~sleep_ns ~time generator =
  if !initialized then
    Lwt.fail_with "Mirage_crypto_rng_mirage.initialize: already initialized"
  else (
    initialized := true;
    let seed = Rng_entropy.generate seed_bytes in
    Rng.set_default_generator (Rng.create ?g ~seed ~time generator);
    let source = Entropy.register_source "unikernel" in
    let feed_from_processor = processor_feed () in
    let feed () =
      feed_platform source;
      feed_from_processor ()
    in
    note_moments ~time;
    Lwt.async (fun () -> feed_for_ever ~sleep ~sleep_ns feed);
    Lwt.return_unit)
