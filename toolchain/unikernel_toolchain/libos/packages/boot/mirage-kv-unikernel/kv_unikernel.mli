(** The key-value store on a block device that [start] gets where it asks for
    one: see {!Mirage_kv_block}. *)

include module type of struct
  include Mirage_kv_block.Make (Block) (Pclock)
end
