(** What is done to a block device. *)

type kind = Read | Write | Random_read | Random_write

type t = {
  kind : kind;
  bytes : int;  (** of a request *)
  depth : int;  (** requests under way at once *)
}

val read : string -> (t, string) result
(** [read "randread:4096:32"]; an error is a sentence. *)

val text : separator:string -> t -> string
val writes : t -> bool
val is_random : t -> bool
