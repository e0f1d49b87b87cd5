(** IPv6 with neighbour discovery and stateless address configuration.

    What strangers can make it keep is a part of {!Memory_size}, read at
    [connect]; {!Name_servers} is told what routers say of them (RFC 8106). *)

module Make
    (E : Mirage_protocols.ETHERNET)
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK) : sig
  include Mirage_protocols.IP with type ipaddr = Ipaddr.V6.t

  val connect :
    ?handle_ra:bool ->
    ?ip:Ipaddr.V6.t list ->
    ?netmask:Ipaddr.V6.Prefix.t list ->
    ?gateways:Ipaddr.V6.t list ->
    E.t ->
    t Lwt.t
    (** Starts a task that sleeps until there is something to do, until
        [disconnect]. With addresses, but neither netmask nor gateway, all
        destinations are taken to be on the link until a router advertises
        itself. Without [handle_ra] (true) it asks for no router and listens to
        none. *)
end
