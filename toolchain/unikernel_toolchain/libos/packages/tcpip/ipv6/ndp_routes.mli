(** Prefixes on the link and default routers (RFC 4861, section 5.1), bounded in
    number. Times are monotonic nanoseconds, [None] is for ever. *)

type t

val max_prefixes : int
val max_routers : int
val empty : t
val add_prefix : t -> until:int64 option -> Ipaddr.V6.Prefix.t -> t
val remove_prefix : t -> Ipaddr.V6.Prefix.t -> t
val prefixes : t -> Ipaddr.V6.Prefix.t list
val add_router : t -> until:int64 option -> Ipaddr.V6.t -> t
val remove_router : t -> Ipaddr.V6.t -> t
val routers : t -> Ipaddr.V6.t list
val expire : t -> now:int64 -> t

val on_link : t -> Ipaddr.V6.t -> bool

val next_hop : t -> usable:(Ipaddr.V6.t -> bool) -> Ipaddr.V6.t -> Ipaddr.V6.t option
(** The neighbour a packet to this destination goes to. Of several routers the
    first that is [usable], or else the first. *)
