(** IPv4 and IPv6 with the addresses that the boot keys ask for, and those that
    routers announce. *)

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (Network : Mirage_net.S)
    (_ : Mirage_clock.MCLOCK)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arp : Mirage_protocols.ARP) : sig
  include Mirage_protocols.IP with type ipaddr = Ipaddr.t
  module V4 : Mirage_protocols.IPV4

  val connect : Ip_keys.t -> Network.t -> Ethernet.t -> Arp.t -> t Lwt.t
  (** With [--dhcp], waits five seconds for a lease, and goes on without IPv4 until
      there is one, in a warning. When IPv4 was asked for alone, waits for it, and
      fails with [Failure] when no server answers. *)

  val v4 : t -> V4.t option

  val mtu_to : t -> Ipaddr.t -> int
  (** Bytes of payload of one packet to this destination. *)
end
