(** The older name of [Mirage_clock]. *)

include module type of struct
  include Mirage_clock
end
