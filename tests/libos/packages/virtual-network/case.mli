(** Test cases of one program. *)

val case : string -> (unit -> unit) -> unit
(** Runs a case and prints its name; a case that raises makes the program fail
    at its end, with the exception printed. *)

val check : string -> bool -> unit
(** @raise Failure with the text unless the condition holds. *)

val equal : ('a -> string) -> string -> 'a -> 'a -> unit
(** [equal show what expected found]
    @raise Failure unless both are structurally equal. *)

val hex : string -> Cstruct.t
(** Bytes from hexadecimal digits; blanks are ignored. *)

val equal_bytes : string -> Cstruct.t -> Cstruct.t -> unit

val setting : string -> int -> int
(** A number from the environment, or the default. *)
