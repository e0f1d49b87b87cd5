(** The older name of [Mirage_time]. *)

include module type of Mirage_time
