(** A key-value store of files that are compiled in. A module made from a folder
    (crunch) is this, over the folder's files. *)

include Mirage_kv.RO with type error = Mirage_kv.error

val v : last_modified:int * int64 -> (string * string) list -> t
(** [v ~last_modified files]: paths, in which ["/"] is between segments, and
    contents. All have the one time, in days and picoseconds since 1970-01-01
    UTC. *)
