(** Times of neighbour discovery (RFC 4861, section 10), in nanoseconds. *)

type t = {
  base_reachable : int64;  (** as routers tell *)
  reachable : int64;  (** half to one and a half times that *)
  retrans : int64;
}

val default : t
val never : int64

val learn : t -> share:int -> Icmpv6_packet.router_advertisement -> t
(** What a router says, within reason. [share] is a number from 0 to
    {!shares}, at random. *)

val shares : int
val part : int64 -> int -> int64
(** [part ns share]: as much of it. *)

val max_multicast_solicits : int
val max_unicast_solicits : int
val delay_first_probe : int64

val router_solicitation_interval : int64

val next_router_solicitation : share:int -> int64 -> int64
(** The interval after this one: twice as long, up to an hour, a tenth more or
    less (RFC 7559, section 2). *)
