(** The older name of [Mirage_clock]. *)

include module type of Mirage_clock
