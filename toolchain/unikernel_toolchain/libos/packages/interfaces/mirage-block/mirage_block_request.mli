(** What every block device looks at before it reads or writes. *)

type problem =
  | Partial_sector  (** a buffer is not of whole sectors *)
  | Outside  (** sectors before the first or behind the last are asked for *)

val problem : Mirage_block.info -> int64 -> Cstruct.t list -> problem option
(** [problem info sector buffers]: what is wrong with such a request. *)

val range_problem : Mirage_block.info -> int64 -> int64 -> problem option
(** [range_problem info sector sectors]: the same for what has no buffers. *)

val message : problem -> string
