(** The older name of [Mirage_time]. *)

include module type of struct
  include Mirage_time
end
