(** IPv4 with the address that the boot keys ask for: the static one, or those
    that a DHCP server gives. *)

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (Network : Mirage_net.S)
    (_ : Mirage_clock.MCLOCK)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arp : Mirage_protocols.ARP) : sig
  include Mirage_protocols.IPV4

  val connect : Ipv4_keys.t -> Network.t -> Ethernet.t -> Arp.t -> t Lwt.t
  (** Fails with [Failure] when no DHCP server answers. *)

  val connect_at_once :
    Ipv4_keys.t -> Network.t -> Ethernet.t -> Arp.t -> (t * unit Lwt.t) Lwt.t
    (** Waits for no server: there is no address until one gives it. The promise is
        resolved when it has, or when none does. *)
end
