(** The older name of [Mirage_kv]. *)

include module type of struct
  include Mirage_kv
end
