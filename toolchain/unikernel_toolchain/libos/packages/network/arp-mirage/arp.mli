(** Address resolution (RFC 826) for IPv4 over Ethernet. *)

module Make (Ethernet : Mirage_protocols.ETHERNET) (_ : Mirage_time.S) : sig
  include Mirage_protocols.ARP

  val connect : Ethernet.t -> t Lwt.t
  (** Starts a task that ages the cache, until [disconnect]. What a known
      neighbour is asked for is answered at once, whatever else is being asked
      for. Others are answered within {!retries} + 1 ticks of {!tick_ns}, or with
      [`Timeout]: at once when they have just not answered before, and when they
      are too many for {!Arp_handler}'s bounds. How many neighbours are remembered
      follows the memory. *)
end

val tick_ns : int64
val retries : int
