(** The DNS server of a network, under MirageOS 3.9's names. *)

type t

val declare : ?group:string -> string -> t
(** [declare ?group name] declares [--resolver] (91.239.100.100) and
    [--resolver-port] (53); with a group, each is called [--GROUP-…]. *)

val address : t -> Ipaddr.V4.t
val port : t -> int
