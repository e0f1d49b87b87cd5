(** Incomplete datagrams, the one touched last at the end, bounded in
    weight. *)

module type KEY = sig
  include Map.OrderedType

  module Source : Map.OrderedType

  val source : t -> Source.t
  (** Who sends the datagram. *)
end

module Make (Key : KEY) : sig
  type 'v t

  val empty : weight:('v -> int) -> int -> 'v t
  (** [empty ~weight capacity] *)

  val capacity : 'v t -> int
  val resize : int -> 'v t -> 'v t
  val weight : 'v t -> int
  val size : 'v t -> int
  val find : Key.t -> 'v t -> 'v option

  val add : Key.t -> 'v -> 'v t -> 'v t
  (** Adds or replaces, and makes it the one touched last. *)

  val remove : Key.t -> 'v t -> 'v t

  val trim : 'v t -> 'v t
  (** Drops those touched longest ago until the weight is within the
      capacity. *)

  val make_room_for : Key.t -> 'v t -> 'v t
  (** The same, but a source that has more than a quarter of the capacity makes
      room itself when a datagram of its own was added: a flood from one source
      leaves the others' alone. *)

  val oldest : 'v t -> (Key.t * 'v) option

  val by_age : 'v t -> (Key.t * 'v) list
  (** The oldest first. *)
end
