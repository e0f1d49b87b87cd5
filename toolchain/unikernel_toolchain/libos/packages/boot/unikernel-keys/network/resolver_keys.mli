(** The DNS server of a network, under MirageOS 3.9's names. *)

type 'ip keys
type t = Ipaddr.V4.t keys

val declare : ?group:string -> string -> t
(** [declare ?group name] declares [--resolver] and [--resolver-port] (53); with a
    group, each is called [--GROUP-…]. What is given comes first in
    {!Name_servers.known}, too, if it is at port 53. *)

val declare_with :
  'ip Address_values.reader -> ('ip -> Ipaddr.t) -> ?group:string -> string -> 'ip keys
(** The same with such addresses. *)

val address : 'ip keys -> 'ip option
(** [None] when not given: the resolver then asks whom the network tells of. *)

val port : _ keys -> int
