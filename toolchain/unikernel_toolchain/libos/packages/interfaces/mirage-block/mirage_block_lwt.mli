(** The older name of [Mirage_block]. *)

include module type of struct
  include Mirage_block
end
