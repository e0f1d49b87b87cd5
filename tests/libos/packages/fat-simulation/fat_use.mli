(** A FAT file system in memory, used in short words. What fails raises. *)

module Fs : module type of Fat.FS (Memory_block)

val run : 'a Lwt.t -> 'a
val mib : int
val ok : string -> ('a, Fs.write_error) result -> 'a
val read_ok : string -> ('a, Fs.error) result -> 'a

val formatted : Memory_block.t -> int -> Fs.t
(** Of so many bytes. *)

val write : Fs.t -> string -> int -> string -> (unit, Fs.write_error) result
val content : Fs.t -> string -> string

val listed : Fs.t -> string -> string list
(** Sorted. *)
