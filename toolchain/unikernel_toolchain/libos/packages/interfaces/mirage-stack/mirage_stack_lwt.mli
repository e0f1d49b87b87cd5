(** The older name of [Mirage_stack]. *)

include module type of struct
  include Mirage_stack
end
