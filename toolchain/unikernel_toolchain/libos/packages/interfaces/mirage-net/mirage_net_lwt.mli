(** The older name of [Mirage_net]. *)

include module type of struct
  include Mirage_net
end
