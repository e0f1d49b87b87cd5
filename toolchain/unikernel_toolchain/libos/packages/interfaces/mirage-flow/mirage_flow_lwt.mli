(** The older name of [Mirage_flow]. *)

include module type of struct
  include Mirage_flow
end
