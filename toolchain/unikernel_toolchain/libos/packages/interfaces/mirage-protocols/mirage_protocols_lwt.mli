(** The older name of [Mirage_protocols]. *)

include module type of struct
  include Mirage_protocols
end
