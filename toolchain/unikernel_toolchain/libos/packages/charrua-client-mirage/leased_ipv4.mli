(** IPv4 with an address that it is told, and that may change. *)

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) : sig
  include Mirage_protocols.IPV4

  val connect :
    (tell:(Mirage_protocols.ipv4_config option -> unit) -> unit Lwt.t) ->
    E.t ->
    A.t ->
    t Lwt.t
  (** [connect source ethernet arp] has the source tell configurations, and waits
      for the first. Fails with [Failure] when that is [None]: no DHCP server
      answered. *)
end
