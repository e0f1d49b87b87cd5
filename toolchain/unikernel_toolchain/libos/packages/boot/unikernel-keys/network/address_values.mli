(** Reading addresses that a host can have: see {!Host_address}. An error is a
    sentence; where the text is no address, one that ends in the example. *)

type 'a reader = example:string -> string -> ('a, string) result

val v4 : Ipaddr.V4.t reader
val v6 : Ipaddr.V6.t reader
val either : Ipaddr.t reader

val v4_in_network : Ipaddr.V4.Prefix.t reader
(** An address and the length of its network. *)

val v6_in_network : Ipaddr.V6.Prefix.t reader
