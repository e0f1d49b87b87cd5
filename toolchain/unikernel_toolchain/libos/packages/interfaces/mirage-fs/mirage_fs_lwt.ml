include Mirage_fs
