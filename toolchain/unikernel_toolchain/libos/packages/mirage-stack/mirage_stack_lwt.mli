(** The older name of [Mirage_stack]. *)

include module type of Mirage_stack
