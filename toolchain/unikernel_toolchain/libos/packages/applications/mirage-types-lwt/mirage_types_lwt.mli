(** The older name of [Mirage_types]. *)

include module type of struct
  include Mirage_types
end
