include Mirage_kv_block.Make (Block) (Pclock)
