(** Where the fields of an IPv4 header lie (RFC 791, section 3.1). *)

val sizeof_ipv4 : int
(** Bytes without options. *)

val get_ipv4_hlen_version : Cstruct.t -> int
val set_ipv4_hlen_version : Cstruct.t -> int -> unit
val get_ipv4_tos : Cstruct.t -> int
val set_ipv4_tos : Cstruct.t -> int -> unit
val get_ipv4_len : Cstruct.t -> int
val set_ipv4_len : Cstruct.t -> int -> unit
val get_ipv4_id : Cstruct.t -> int
val set_ipv4_id : Cstruct.t -> int -> unit
val get_ipv4_off : Cstruct.t -> int
val set_ipv4_off : Cstruct.t -> int -> unit
val get_ipv4_ttl : Cstruct.t -> int
val set_ipv4_ttl : Cstruct.t -> int -> unit
val get_ipv4_proto : Cstruct.t -> int
val set_ipv4_proto : Cstruct.t -> int -> unit
val get_ipv4_csum : Cstruct.t -> int
val set_ipv4_csum : Cstruct.t -> int -> unit
val get_ipv4_src : Cstruct.t -> int32
val set_ipv4_src : Cstruct.t -> int32 -> unit
val get_ipv4_dst : Cstruct.t -> int32
val set_ipv4_dst : Cstruct.t -> int32 -> unit

val header_bytes : Cstruct.t -> int
(** The header's length with options, as it says itself. *)

val version : Cstruct.t -> int

val hexdump_ipv4_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_ipv4 : Cstruct.t -> unit

(** {1 Inside the field [off]} *)

val dont_fragment : int
val more_fragments : int

val fragment_bits : int
(** What is not 0 in the [off] of a fragment: that more follow, and the offset. *)

val offset_bytes : int -> int
(** Where a fragment with this [off] belongs. *)
