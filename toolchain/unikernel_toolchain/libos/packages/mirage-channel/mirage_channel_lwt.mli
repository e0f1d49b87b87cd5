(** The older name of [Mirage_channel]. *)

include module type of Mirage_channel
