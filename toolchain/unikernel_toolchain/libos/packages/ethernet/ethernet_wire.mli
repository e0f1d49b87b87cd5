(** Where the fields of an Ethernet II frame lie (IEEE 802.3, clause 3). *)

val sizeof_ethernet : int
(** Bytes of the header. *)

val get_ethernet_dst : Cstruct.t -> Cstruct.t
val copy_ethernet_dst : Cstruct.t -> string
val set_ethernet_dst : string -> int -> Cstruct.t -> unit
val get_ethernet_src : Cstruct.t -> Cstruct.t
val copy_ethernet_src : Cstruct.t -> string
val set_ethernet_src : string -> int -> Cstruct.t -> unit
val get_ethernet_ethertype : Cstruct.t -> int
val set_ethernet_ethertype : Cstruct.t -> int -> unit
val ethertype_to_int : [< `ARP | `IPv4 | `IPv6 ] -> int
val int_to_ethertype : int -> [> `ARP | `IPv4 | `IPv6 ] option
