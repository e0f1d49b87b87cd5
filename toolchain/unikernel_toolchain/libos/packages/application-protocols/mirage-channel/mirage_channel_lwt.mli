(** The older name of [Mirage_channel]. *)

include module type of struct
  include Mirage_channel
end
