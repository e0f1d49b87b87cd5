(** The older name of [Mirage_protocols]. *)

include module type of Mirage_protocols
