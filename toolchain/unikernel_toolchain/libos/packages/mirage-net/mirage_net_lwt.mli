(** The older name of [Mirage_net]. *)

include module type of Mirage_net
