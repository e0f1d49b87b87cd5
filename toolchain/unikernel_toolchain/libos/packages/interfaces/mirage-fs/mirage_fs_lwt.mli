(** The older name of [Mirage_fs]. *)

include module type of struct
  include Mirage_fs
end
