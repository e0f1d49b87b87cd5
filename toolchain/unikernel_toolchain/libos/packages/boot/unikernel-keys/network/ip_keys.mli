(** The addresses of a network of both families, under MirageOS 3.10's names. *)

type t

val declare : ?group:string -> string -> t
(** [declare ?group name] declares, besides the keys of {!Ipv4_keys},
    [--ipv6=ADDRESS/LENGTH], [--ipv6-gateway], [--accept-router-advertisements],
    [--ipv4-only] and [--ipv6-only] of the network [name]; with a group, each is
    called [--GROUP-…]. Refused is what would be ignored: one family alone beside
    the other's addresses, or beside the other alone. *)

val v4 : t -> Ipv4_keys.t option
(** [None] with [--ipv6-only], and where nobody tells an IPv4 address. *)

val is_v4_needed : t -> bool
(** With [--ipv4-only]. *)

val has_v6 : t -> bool
(** Without [--ipv4-only]. *)

val address : t -> Ipaddr.V6.Prefix.t option
val gateway : t -> Ipaddr.V6.t option
val accept_router_advertisements : t -> bool
