(** The platform's wall clock. Its time zone is UTC as far as it knows. *)

include Mirage_clock.PCLOCK
