(** Prefixes on the link, and routers with what lies behind them (RFC 4861,
    section 5.1; RFC 4191), bounded in number. Times are monotonic nanoseconds,
    {!Ndp_timing.never} is for ever. *)

type t

val max_prefixes : int
val max_routers : int
val max_routes : int

(** All three of those that are advertised: configured ones are as many as there
    are. *)

val empty : t

val configure_prefix : t -> Ipaddr.V6.Prefix.t -> t
val configure_router : t -> Ipaddr.V6.t -> t
(** For ever, whatever is advertised. *)

val assume_on_link : t -> t
(** For as long as there is no default router, every destination is taken to be
    on the link. *)

val advertise_prefix : t -> now:int64 -> until:int64 -> Ipaddr.V6.Prefix.t -> t
(** One that is over is taken back. When there are too many, the one heard of
    longest ago is evicted if that is two hours, or else the new one is left out. *)

val advertise_route :
  t ->
  now:int64 ->
  until:int64 ->
  preference:int ->
  answers:(Ipaddr.V6.t -> bool) ->
  Ipaddr.V6.Prefix.t ->
  router:Ipaddr.V6.t ->
  t
(** As {!advertise_prefix}; of too many, one whose router does not answer gives
    way before. *)

val default : Ipaddr.V6.Prefix.t
(** Where default routers lead: everywhere. *)

val remove_router : t -> Ipaddr.V6.t -> t
(** It is a router no longer (RFC 4861, section 7.3.3): what it advertised is
    taken back. *)

val failed : t -> now:int64 -> Ipaddr.V6.t -> t
(** The neighbour did not answer: if it is a router, others are asked before. *)

val prefixes : t -> Ipaddr.V6.Prefix.t list
val routers : t -> Ipaddr.V6.t list
(** Default routers. *)

val is_router : t -> Ipaddr.V6.t -> bool
val deadline : t -> int64
val expire : t -> now:int64 -> t
val on_link : t -> Ipaddr.V6.t -> bool

val next_hop : t -> usable:(Ipaddr.V6.t -> bool) -> Ipaddr.V6.t -> Ipaddr.V6.t option
(** The neighbour a packet to this destination goes to. Of several routers, one
    that is [usable], then of the longest prefix, then the one preferred (RFC
    4191, section 3.2), then the one that failed longest ago. *)
