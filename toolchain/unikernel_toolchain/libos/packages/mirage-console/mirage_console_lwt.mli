(** The older name of [Mirage_console]. *)

include module type of Mirage_console
