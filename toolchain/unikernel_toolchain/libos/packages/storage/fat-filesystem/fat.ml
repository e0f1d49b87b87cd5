module FS = Fat_fs.Make
