(** The platform's monotonic clock. *)

include Mirage_clock.MCLOCK
