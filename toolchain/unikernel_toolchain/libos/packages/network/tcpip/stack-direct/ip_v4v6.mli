(** IPv4 and IPv6 as one IP: {!Tcpip_stack_direct.IPV4V6}. *)

module Make
    (Ipv4 : Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t)
    (Ipv6 : Mirage_protocols.IP with type ipaddr = Ipaddr.V6.t) : sig
  include Mirage_protocols.IP with type ipaddr = Ipaddr.t
  (** A packet goes by the family of its destination. Addresses of the form
      ::ffff:a.b.c.d are neither sent to nor heard from. [mtu] is what any
      destination may be sent: IPv6's, unless there is IPv4 alone. *)

  val connect : ipv4_only:bool -> ipv6_only:bool -> Ipv4.t -> Ipv6.t -> t Lwt.t
  (** With [ipv4_only], no packet goes or comes by IPv6, and the other way
      round. Fails with [Failure] when both are true. *)

  val of_families : Ipv4.t option -> Ipv6.t option -> t
  (** With those that there are. *)

  val mtu_to : t -> Ipaddr.t -> int
  (** Bytes of payload of one packet to this destination. *)

  val v4 : t -> Ipv4.t option
  val v6 : t -> Ipv6.t option
end
