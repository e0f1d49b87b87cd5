(** Times of neighbour discovery (RFC 4861, section 10), in nanoseconds. *)

type t = { reachable : int64; retrans : int64; delay_first_probe : int64 }

val default : t

val learn : t -> Icmpv6_packet.router_advertisement -> t
(** What a router says, within reason. *)

val max_multicast_solicits : int
val max_unicast_solicits : int
val max_router_solicitations : int
val router_solicitation_interval : int64
