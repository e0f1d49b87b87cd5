(** IPv4 with an address that it is told, and that may change or end. While there
    is none that may be used, nothing is sent, and nothing received but answers
    for the DHCP client. *)

type lease = {
  config : Mirage_protocols.ipv4_config;
  routes : Routing.route list;  (** besides the gateway *)
  expires_at : int64 option;  (** on the monotonic clock, in nanoseconds *)
}

type event = Leased of lease | Lost | No_server

val event_of_dhcp : Dhcp_client_registry.event -> event

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) : sig
  include Mirage_protocols.IPV4

  val connect : (notify:(event -> unit) -> unit Lwt.t) -> E.t -> A.t -> t Lwt.t
  (** [connect source ethernet arp] has the source tell, and waits for the first
      lease. Fails with [Failure] when there is [No_server] before. A gateway
      outside the network is taken to be on the link, and that is said. *)

  val connect_at_once :
    (notify:(event -> unit) -> unit Lwt.t) -> E.t -> A.t -> (t * unit Lwt.t) Lwt.t
    (** Waits for nothing: there is no address until there is a lease. The promise is
        resolved when the source has said something. *)
end
