(** The IPv6 addresses of a network, under MirageOS 3.9's names. *)

type t

val declare : ?group:string -> string -> t
(** [declare ?group name] declares [--ips], [--netmasks] and [--gateways] of the
    network [name]; with a group, each is called [--GROUP-…]. *)

val ips : t -> Ipaddr.V6.t list
val netmasks : t -> Ipaddr.V6.Prefix.t list
val gateways : t -> Ipaddr.V6.t list
