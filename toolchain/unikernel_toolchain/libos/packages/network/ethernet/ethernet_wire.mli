(** Where the fields of an Ethernet II frame lie (IEEE 802.3, clause 3). *)

val sizeof_ethernet : int
(** Bytes of the header. *)

(** {1 A tag behind the addresses (IEEE 802.1Q, clause 9)} *)

val vlan_tag : int
(** What stands for the ethertype when there is one. *)

val sizeof_tagged : int
(** Bytes of the header with one tag. *)

val get_vlan : Cstruct.t -> int
val get_tagged_ethertype : Cstruct.t -> int

(** {1 Fields} *)

val get_ethernet_dst : Cstruct.t -> Cstruct.t
val copy_ethernet_dst : Cstruct.t -> string
val set_ethernet_dst : string -> int -> Cstruct.t -> unit

val blit_ethernet_dst : Cstruct.t -> int -> Cstruct.t -> unit
(** [blit_ethernet_dst source offset frame] *)

val get_ethernet_src : Cstruct.t -> Cstruct.t
val copy_ethernet_src : Cstruct.t -> string
val set_ethernet_src : string -> int -> Cstruct.t -> unit
val blit_ethernet_src : Cstruct.t -> int -> Cstruct.t -> unit
val get_ethernet_ethertype : Cstruct.t -> int
val set_ethernet_ethertype : Cstruct.t -> int -> unit
val ethertype_to_int : [< `ARP | `IPv4 | `IPv6 ] -> int
val int_to_ethertype : int -> [> `ARP | `IPv4 | `IPv6 ] option
val hexdump_ethernet_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_ethernet : Cstruct.t -> unit
