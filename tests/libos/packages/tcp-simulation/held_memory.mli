(** What a value really holds: heap blocks, and the buffers under its views. *)

val bytes : 'a -> int

val check : 'a -> most:int -> unit
(** @raise Failure when it is more. *)
