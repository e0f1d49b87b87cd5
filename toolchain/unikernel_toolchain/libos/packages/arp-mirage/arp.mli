(** Address resolution (RFC 826) for IPv4 over Ethernet. *)

module Make (Ethernet : Mirage_protocols.ETHERNET) (_ : Mirage_time.S) : sig
  include Mirage_protocols.ARP

  val connect : Ethernet.t -> t Lwt.t
  (** Starts a task that ages the cache, until [disconnect]. A query is
      answered within {!retries} + 1 ticks of {!tick_ns}; at most
      {!max_pending} addresses are asked for at once, a query for one more
      fails at once with [`Timeout]. *)
end

val tick_ns : int64
val retries : int
val max_pending : int
