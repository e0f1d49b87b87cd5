(** To which station a packet goes first. *)

type routing_error = [ `Local | `Gateway ]
(** Nobody answered for the destination on the local network, or there is no
    gateway that would. *)

val is_broadcast : Ipaddr.V4.Prefix.t -> Ipaddr.V4.t -> bool
(** Whether an address means all hosts of the network; one of two addresses
    does not (RFC 3021). *)

type route = Ipaddr.V4.Prefix.t * Ipaddr.V4.t option
(** Destination and router; without a router the destination is on the link. A
    router is taken to be on the link, wherever its address lies. *)

val table : route list -> route list
(** The longest prefix first. *)

type next_hop = Mac of Macaddr.t | Neighbour of Ipaddr.V4.t | Unreachable

val next_hop :
  ?routes:route list ->
  Ipaddr.V4.Prefix.t ->
  Ipaddr.V4.t option ->
  Ipaddr.V4.t ->
  next_hop
(** [next_hop ~routes network gateway destination], before address resolution.
    The longest prefix wins, the network's own among them, and before a route of
    its length; the gateway is for the rest. [routes] as {!table} gives them. *)

val mac_of_multicast : Ipaddr.V4.t -> Macaddr.t
(** RFC 1112, section 6.4. *)

module Make (_ : Logs.LOG) (A : Mirage_protocols.ARP) : sig
  val destination_mac :
    ?routes:route list ->
    Ipaddr.V4.Prefix.t ->
    Ipaddr.V4.t option ->
    A.t ->
    Ipaddr.V4.t ->
    (Macaddr.t, [> routing_error ]) result Lwt.t
    (** Network, gateway, ARP, destination. *)
end
