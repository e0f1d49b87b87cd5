(** mirage-crypto's default generator, seeded from the platform's. *)

val initialize :
  ?g:'a ->
  ?sleep:int64 ->
  sleep_ns:(int64 -> unit Lwt.t) ->
  time:(unit -> int64) ->
  'a Mirage_crypto_rng.generator ->
  unit Lwt.t
(** Makes a generator of this kind the default one and feeds all its pools once in [sleep]
    nanoseconds (default: one second), for which it waits with [sleep_ns], from the platform and
    the processor, and with moments of the main loop besides. [time] is a clock
    in nanoseconds. Fails with [Failure] when called again. *)
