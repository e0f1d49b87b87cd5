(** How often something may be done in a second (RFC 1812, 4.3.2.8). *)

val errors_per_second : int
(** For ICMP's. *)

module Make (_ : Mirage_time.S) : sig
  type t

  val create : per_second:int -> t

  val take : t -> bool
  (** Whether it may be done once more now. No timer runs while nothing is
      spent. *)
end
