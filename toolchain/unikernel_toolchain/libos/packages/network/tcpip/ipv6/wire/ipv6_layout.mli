(** Where the fields of IPv6 (RFC 8200), ICMPv6 (RFC 4443) and neighbour
    discovery (RFC 4861) lie that the stack itself needs: {!Ipv6_wire} has all
    of them, and costs nothing unless a program uses it. *)

val int_to_protocol : int -> [> `ICMP | `TCP | `UDP ] option
val protocol_to_int : [< `ICMP | `TCP | `UDP ] -> int

(** {1 The IPv6 header} *)

val sizeof_ipv6 : int
val sizeof_ipv6_pseudo_header : int
val get_ipv6_version_flow : Cstruct.t -> int32
val set_ipv6_version_flow : Cstruct.t -> int32 -> unit
val get_ipv6_len : Cstruct.t -> int
val set_ipv6_len : Cstruct.t -> int -> unit
val get_ipv6_nhdr : Cstruct.t -> int
val set_ipv6_nhdr : Cstruct.t -> int -> unit
val get_ipv6_hlim : Cstruct.t -> int
val set_ipv6_hlim : Cstruct.t -> int -> unit
val source : Cstruct.t -> Ipaddr.V6.t
val set_source : Cstruct.t -> Ipaddr.V6.t -> unit
val destination : Cstruct.t -> Ipaddr.V6.t
val set_destination : Cstruct.t -> Ipaddr.V6.t -> unit
val version : Cstruct.t -> int

val address_at : Cstruct.t -> int -> Ipaddr.V6.t
val set_address_at : Cstruct.t -> int -> Ipaddr.V6.t -> unit

(** {1 Extension headers} *)

val hop_by_hop : int
val routing : int
val fragment : int
val no_next_header : int
val destination_options : int

val sizeof_fragment : int
val get_fragment_next : Cstruct.t -> int
val set_fragment_next : Cstruct.t -> int -> unit
val get_fragment_field : Cstruct.t -> int
(** Offset in the upper 13 bits (so in bytes), "more" in the lowest. *)

val set_fragment_field : Cstruct.t -> int -> unit
val get_fragment_id : Cstruct.t -> int32
val set_fragment_id : Cstruct.t -> int32 -> unit

(** {1 ICMPv6} *)

val sizeof_icmpv6 : int
val get_icmpv6_ty : Cstruct.t -> int
val set_icmpv6_ty : Cstruct.t -> int -> unit
val get_icmpv6_code : Cstruct.t -> int
val set_icmpv6_code : Cstruct.t -> int -> unit
val get_icmpv6_csum : Cstruct.t -> int
val set_icmpv6_csum : Cstruct.t -> int -> unit
val get_icmpv6_reserved : Cstruct.t -> int32
(** The 4 bytes after the checksum, whatever they mean. *)

val set_icmpv6_reserved : Cstruct.t -> int32 -> unit

(** {1 Neighbour discovery}

    Bytes before the options of each message, and of each option. *)

val sizeof_ns : int
val target : Cstruct.t -> Ipaddr.V6.t
val set_target : Cstruct.t -> Ipaddr.V6.t -> unit
val sizeof_rs : int
val sizeof_ra : int
val get_ra_cur_hop_limit : Cstruct.t -> int
val set_ra_cur_hop_limit : Cstruct.t -> int -> unit
val get_ra_router_lifetime : Cstruct.t -> int
val set_ra_router_lifetime : Cstruct.t -> int -> unit
val get_ra_reachable_time : Cstruct.t -> int32
val set_ra_reachable_time : Cstruct.t -> int32 -> unit
val get_ra_retrans_timer : Cstruct.t -> int32
val set_ra_retrans_timer : Cstruct.t -> int32 -> unit
val sizeof_llopt : int
val sizeof_opt_prefix : int
