(** Where the fields of an ARP packet for IPv4 over Ethernet lie (RFC 826). *)

val size : int
val get_hardware : Cstruct.t -> int
val get_protocol : Cstruct.t -> int
val get_hardware_length : Cstruct.t -> int
val get_protocol_length : Cstruct.t -> int
val get_operation : Cstruct.t -> int
val get_source_mac : Cstruct.t -> Macaddr.t
val get_source_ip : Cstruct.t -> Ipaddr.V4.t
val get_target_mac : Cstruct.t -> Macaddr.t
val get_target_ip : Cstruct.t -> Ipaddr.V4.t

val set_kind : Cstruct.t -> unit
(** Writes the four fields that say "IPv4 over Ethernet". *)

val set_operation : Cstruct.t -> int -> unit
val set_source_mac : Cstruct.t -> Macaddr.t -> unit
val set_source_ip : Cstruct.t -> Ipaddr.V4.t -> unit
val set_target_mac : Cstruct.t -> Macaddr.t -> unit
val set_target_ip : Cstruct.t -> Ipaddr.V4.t -> unit

val is_ipv4_over_ethernet : Cstruct.t -> bool
