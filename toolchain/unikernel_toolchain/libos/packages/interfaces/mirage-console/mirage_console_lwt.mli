(** The older name of [Mirage_console]. *)

include module type of struct
  include Mirage_console
end
