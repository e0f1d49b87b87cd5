(** The packets of neighbour discovery, and where they go. *)

type output = Macaddr.t * int * (Cstruct.t -> int)
(** To which station, how many bytes, and who writes them. *)

val link_local : Macaddr.t -> Ipaddr.V6.t

val interface_address : Ipaddr.V6.Prefix.t -> Macaddr.t -> Ipaddr.V6.t
(** With the modified EUI-64 (RFC 4291, appendix A) behind a prefix of 64
    bits. *)

val solicited_node : Ipaddr.V6.t -> Ipaddr.V6.t

val mac_of_multicast : Ipaddr.V6.t -> Macaddr.t
(** RFC 2464, section 7. *)

val all_nodes : Ipaddr.V6.t
val unspecified : Ipaddr.V6.t -> bool

val icmp_number : int
(** Of the protocol. *)

val all_routers : Ipaddr.V6.t
val same : Ipaddr.V6.t -> Ipaddr.V6.t -> bool

val output : Macaddr.t -> Cstruct.t -> output
(** A whole packet. *)

val icmp :
  ?hop_limit:int -> src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> Icmpv6_packet.t -> Cstruct.t
(** A whole packet; the hop limit is 255 by default. *)

val multicast : src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> Icmpv6_packet.t -> output
(** To a group. *)

val detect_duplicate : Ndp_addresses.own -> output
(** Whether somebody else has it (RFC 4862, section 5.4). *)

val listener_report : src:Ipaddr.V6.t -> Mld_packet.message -> output
(** From a link-local address, or the unspecified one (RFC 3810, section 5.2.13). *)
