(** Converters of addresses, under MirageOS 3.9's names. *)

val ip : Ipaddr.t Boot_converters.t
val ipv4_address : Ipaddr.V4.t Boot_converters.t

val ipv4 : Ipaddr.V4.Prefix.t Boot_converters.t
(** An address and the length of its network: [10.0.0.2/24] keeps its 2. *)

val ipv6 : Ipaddr.V6.t Boot_converters.t

val ipv6_prefix : Ipaddr.V6.Prefix.t Boot_converters.t
(** As {!ipv4}. *)
