(** The older name of [Mirage_flow]. *)

include module type of Mirage_flow
