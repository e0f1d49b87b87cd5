(** IPv6 with neighbour discovery and stateless address configuration. *)

val max_waiting : int
(** How many packets may wait for neighbours at once; one more is refused with
    [`No_route]. *)

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
  (** Starts a task that keeps the tables, until [disconnect]. Without [handle_ra]
      (true) it listens to no router's advertisements. *)
end
