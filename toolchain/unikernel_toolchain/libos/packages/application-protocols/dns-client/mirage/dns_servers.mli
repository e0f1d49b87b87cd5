(** In which order to ask several servers: those that have not answered lately
    come last. *)

type 'a t

val create : unit -> 'a t

val max_asked : int
(** How many are asked one question. *)

val order : 'a t -> 'a list -> 'a list
(** Some of these servers, which are in the order of preference. *)

val note_answer : 'a t -> 'a -> bool -> unit
(** Whether this server has answered. *)
