include Mirage_kv
