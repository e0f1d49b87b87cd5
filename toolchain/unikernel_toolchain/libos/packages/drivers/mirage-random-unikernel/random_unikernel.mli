(** The platform's entropy as a generator: seeded at boot, never waits, fit for
    keys. [g] is of no consequence, there is one source. *)

include Mirage_random.S with type g = unit
