(** IPv4 with a fixed address. *)

val fragment_cache_bytes : unit -> int
(** What incomplete datagrams may weigh, unless said otherwise: a part of the
    memory. *)

val waiting_bytes : unit -> int
(** How much may wait for address resolution at once, a part of the memory; when
    more comes, those that have waited longest are refused with [`No_route]. What
    goes to a known neighbour never waits. *)

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) : sig
  include Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t

  val connect :
    cidr:Ipaddr.V4.Prefix.t ->
    ?gateway:Ipaddr.V4.t ->
    ?routes:Routing.route list ->
    ?is_valid:(unit -> bool) ->
    ?fragment_cache_size:int ->
    E.t ->
    A.t ->
    t Lwt.t
    (** [cidr] holds the host's own address; [routes] (default none) are those
        besides the gateway, as {!Routing.table} gives them; [is_valid] (default
        always) is asked whether a packet that had to wait may still be sent from
        this address; [fragment_cache_size]
        bounds the memory of incomplete datagrams, in bytes (default
        {!fragment_cache_bytes}). Fails with [Failure] when the gateway lies outside
        the network. *)
end
