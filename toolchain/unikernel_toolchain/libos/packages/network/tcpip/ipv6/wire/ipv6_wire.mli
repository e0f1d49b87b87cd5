(** Where the fields of IPv6 (RFC 8200), ICMPv6 (RFC 4443) and neighbour
    discovery (RFC 4861) lie, under the names that MirageOS 3.9 programs use:
    of a field of several octets, [get_] is a view, [copy_] a string, and
    [set_ octets from packet] writes what lies at [from]. *)

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
val get_ipv6_src : Cstruct.t -> Cstruct.t
val copy_ipv6_src : Cstruct.t -> string
val set_ipv6_src : string -> int -> Cstruct.t -> unit
val blit_ipv6_src : Cstruct.t -> int -> Cstruct.t -> unit
val get_ipv6_dst : Cstruct.t -> Cstruct.t
val copy_ipv6_dst : Cstruct.t -> string
val set_ipv6_dst : string -> int -> Cstruct.t -> unit
val blit_ipv6_dst : Cstruct.t -> int -> Cstruct.t -> unit

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
val sizeof_pingv6 : int
val get_pingv6_ty : Cstruct.t -> int
val set_pingv6_ty : Cstruct.t -> int -> unit
val get_pingv6_code : Cstruct.t -> int
val set_pingv6_code : Cstruct.t -> int -> unit
val get_pingv6_csum : Cstruct.t -> int
val set_pingv6_csum : Cstruct.t -> int -> unit
val get_pingv6_id : Cstruct.t -> int
val set_pingv6_id : Cstruct.t -> int -> unit
val get_pingv6_seq : Cstruct.t -> int
val set_pingv6_seq : Cstruct.t -> int -> unit

(** {1 Neighbour discovery} *)

val sizeof_ns : int
val get_ns_ty : Cstruct.t -> int
val set_ns_ty : Cstruct.t -> int -> unit
val get_ns_code : Cstruct.t -> int
val set_ns_code : Cstruct.t -> int -> unit
val get_ns_csum : Cstruct.t -> int
val set_ns_csum : Cstruct.t -> int -> unit
val get_ns_reserved : Cstruct.t -> int32
val set_ns_reserved : Cstruct.t -> int32 -> unit
val get_ns_target : Cstruct.t -> Cstruct.t
val copy_ns_target : Cstruct.t -> string
val set_ns_target : string -> int -> Cstruct.t -> unit
val blit_ns_target : Cstruct.t -> int -> Cstruct.t -> unit
val sizeof_na : int
val get_na_ty : Cstruct.t -> int
val set_na_ty : Cstruct.t -> int -> unit
val get_na_code : Cstruct.t -> int
val set_na_code : Cstruct.t -> int -> unit
val get_na_csum : Cstruct.t -> int
val set_na_csum : Cstruct.t -> int -> unit
val get_na_reserved : Cstruct.t -> int32
val set_na_reserved : Cstruct.t -> int32 -> unit
val get_na_target : Cstruct.t -> Cstruct.t
val copy_na_target : Cstruct.t -> string
val set_na_target : string -> int -> Cstruct.t -> unit
val blit_na_target : Cstruct.t -> int -> Cstruct.t -> unit
val get_na_router : Cstruct.t -> bool
val get_na_solicited : Cstruct.t -> bool
val get_na_override : Cstruct.t -> bool
val sizeof_rs : int
val get_rs_ty : Cstruct.t -> int
val set_rs_ty : Cstruct.t -> int -> unit
val get_rs_code : Cstruct.t -> int
val set_rs_code : Cstruct.t -> int -> unit
val get_rs_csum : Cstruct.t -> int
val set_rs_csum : Cstruct.t -> int -> unit
val get_rs_reserved : Cstruct.t -> int32
val set_rs_reserved : Cstruct.t -> int32 -> unit
val sizeof_ra : int
val get_ra_ty : Cstruct.t -> int
val set_ra_ty : Cstruct.t -> int -> unit
val get_ra_code : Cstruct.t -> int
val set_ra_code : Cstruct.t -> int -> unit
val get_ra_csum : Cstruct.t -> int
val set_ra_csum : Cstruct.t -> int -> unit
val get_ra_cur_hop_limit : Cstruct.t -> int
val set_ra_cur_hop_limit : Cstruct.t -> int -> unit
val get_ra_reserved : Cstruct.t -> int
val set_ra_reserved : Cstruct.t -> int -> unit
val get_ra_router_lifetime : Cstruct.t -> int
val set_ra_router_lifetime : Cstruct.t -> int -> unit
val get_ra_reachable_time : Cstruct.t -> int32
val set_ra_reachable_time : Cstruct.t -> int32 -> unit
val get_ra_retrans_timer : Cstruct.t -> int32
val set_ra_retrans_timer : Cstruct.t -> int32 -> unit

(** {1 Options of neighbour discovery} *)

val sizeof_opt : int
val get_opt_ty : Cstruct.t -> int
val set_opt_ty : Cstruct.t -> int -> unit
val get_opt_len : Cstruct.t -> int
val set_opt_len : Cstruct.t -> int -> unit
val sizeof_llopt : int
val get_llopt_ty : Cstruct.t -> int
val set_llopt_ty : Cstruct.t -> int -> unit
val get_llopt_len : Cstruct.t -> int
val set_llopt_len : Cstruct.t -> int -> unit
val get_llopt_addr : Cstruct.t -> Cstruct.t
val copy_llopt_addr : Cstruct.t -> string
val set_llopt_addr : string -> int -> Cstruct.t -> unit
val blit_llopt_addr : Cstruct.t -> int -> Cstruct.t -> unit
val sizeof_opt_prefix : int
val get_opt_prefix_ty : Cstruct.t -> int
val set_opt_prefix_ty : Cstruct.t -> int -> unit
val get_opt_prefix_len : Cstruct.t -> int
val set_opt_prefix_len : Cstruct.t -> int -> unit
val get_opt_prefix_prefix_len : Cstruct.t -> int
val set_opt_prefix_prefix_len : Cstruct.t -> int -> unit
val get_opt_prefix_reserved1 : Cstruct.t -> int
val set_opt_prefix_reserved1 : Cstruct.t -> int -> unit
val get_opt_prefix_on_link : Cstruct.t -> bool
val get_opt_prefix_autonomous : Cstruct.t -> bool
val get_opt_prefix_valid_lifetime : Cstruct.t -> int32
val set_opt_prefix_valid_lifetime : Cstruct.t -> int32 -> unit
val get_opt_prefix_preferred_lifetime : Cstruct.t -> int32
val set_opt_prefix_preferred_lifetime : Cstruct.t -> int32 -> unit
val get_opt_prefix_reserved2 : Cstruct.t -> int32
val set_opt_prefix_reserved2 : Cstruct.t -> int32 -> unit
val get_opt_prefix_prefix : Cstruct.t -> Cstruct.t
val copy_opt_prefix_prefix : Cstruct.t -> string
val set_opt_prefix_prefix : string -> int -> Cstruct.t -> unit
val blit_opt_prefix_prefix : Cstruct.t -> int -> Cstruct.t -> unit

(** {1 Dumps}

    Of the fixed part, on standard output or into a buffer. *)

val hexdump_ipv6_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_ipv6 : Cstruct.t -> unit
val hexdump_icmpv6_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_icmpv6 : Cstruct.t -> unit
val hexdump_pingv6_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_pingv6 : Cstruct.t -> unit
val hexdump_ns_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_ns : Cstruct.t -> unit
val hexdump_na_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_na : Cstruct.t -> unit
val hexdump_rs_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_rs : Cstruct.t -> unit
val hexdump_ra_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_ra : Cstruct.t -> unit
val hexdump_opt_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_opt : Cstruct.t -> unit
val hexdump_llopt_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_llopt : Cstruct.t -> unit
val hexdump_opt_prefix_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_opt_prefix : Cstruct.t -> unit
