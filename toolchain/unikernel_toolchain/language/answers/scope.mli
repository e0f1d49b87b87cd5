(** What names mean at a place of a program. *)

val start : folders:string list -> Env.t
(** What a program begins with whose libraries lie in these folders. *)

type t = { env : Env.t; variable : Types.type_expr option; call : Labels.call option }
(** What is known at a place; [variable] is the type of the one that is defined just there, and
    [call] that of which it is an argument. *)

val at : Env.t -> is_written:bool -> string -> int * int -> t
(** [at env ~is_written program (start, stop)] is what is known where the name between these bytes
    of the program is, with the variables of the functions around it where these can be made sense
    of. A name that [is_written] stands there as it is; else it may be any. *)
