(** What was used of late: when there is too much of it, what was not used for the
    longest time goes. *)

type ('key, 'value) t

val create : most:int -> most_weight:int -> ('key, 'value) t
val find : ('key, 'value) t -> 'key -> 'value option

val put : ('key, 'value) t -> 'key -> weight:int -> 'value -> unit
(** Makes room first. A value stays whatever its own weight. *)

val remove : ('key, 'value) t -> 'key -> unit
val reset : ('key, 'value) t -> unit
