(** Incomplete datagrams, the one touched last at the end, bounded in weight. *)

type key = Ipaddr.V4.t * Ipaddr.V4.t * int * int
(** Source, destination, protocol and identification (RFC 791). *)

type 'v t

val empty : weight:('v -> int) -> int -> 'v t
(** [empty ~weight capacity] *)

val capacity : 'v t -> int
val weight : 'v t -> int
val size : 'v t -> int
val find : key -> 'v t -> 'v option

val add : key -> 'v -> 'v t -> 'v t
(** Adds or replaces, and makes it the one touched last. *)

val remove : key -> 'v t -> 'v t

val trim : 'v t -> 'v t
(** Drops those touched longest ago until the weight is within the
    capacity. *)

val oldest : 'v t -> (key * 'v) option

val compare_key : key -> key -> int
