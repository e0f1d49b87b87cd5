(** Incomplete datagrams, the one touched last at the end, bounded in
    weight. *)

module Make (Key : Map.OrderedType) : sig
  type 'v t

  val empty : weight:('v -> int) -> int -> 'v t
  (** [empty ~weight capacity] *)

  val capacity : 'v t -> int
  val weight : 'v t -> int
  val size : 'v t -> int
  val find : Key.t -> 'v t -> 'v option

  val add : Key.t -> 'v -> 'v t -> 'v t
  (** Adds or replaces, and makes it the one touched last. *)

  val remove : Key.t -> 'v t -> 'v t

  val trim : 'v t -> 'v t
  (** Drops those touched longest ago until the weight is within the
      capacity. *)

  val oldest : 'v t -> (Key.t * 'v) option
end
