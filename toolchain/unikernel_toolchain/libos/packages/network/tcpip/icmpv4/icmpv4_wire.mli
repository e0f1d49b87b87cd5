(** Where the fields of an ICMP message lie, and its numbers (RFC 792). *)

type ty =
  | Echo_reply
  | Destination_unreachable
  | Source_quench
  | Redirect
  | Echo_request
  | Time_exceeded
  | Parameter_problem
  | Timestamp_request
  | Timestamp_reply
  | Information_request
  | Information_reply

val int_to_ty : int -> ty option
val ty_to_int : ty -> int
val ty_to_string : ty -> string
val string_to_ty : string -> ty option
val compare_ty : ty -> ty -> int
(** By number, as {!compare_unreachable_reason}. *)

type unreachable_reason =
  | Network_unreachable
  | Host_unreachable
  | Protocol_unreachable
  | Port_unreachable
  | Would_fragment
  | Source_route_failed
  | Destination_network_unknown
  | Destination_host_unknown
  | Source_host_isolated
  | Destination_net_prohibited
  | Destination_host_prohibited
  | TOS_network_unreachable
  | TOS_host_unreachable
  | Communication_prohibited
  | Host_precedence_violation
  | Precedence_insufficient

val int_to_unreachable_reason : int -> unreachable_reason option
val unreachable_reason_to_int : unreachable_reason -> int
val unreachable_reason_to_string : unreachable_reason -> string
val string_to_unreachable_reason : string -> unreachable_reason option
val compare_unreachable_reason : unreachable_reason -> unreachable_reason -> int

val sizeof_icmpv4 : int
val get_icmpv4_ty : Cstruct.t -> int
val set_icmpv4_ty : Cstruct.t -> int -> unit
val get_icmpv4_code : Cstruct.t -> int
val set_icmpv4_code : Cstruct.t -> int -> unit
val get_icmpv4_csum : Cstruct.t -> int
val set_icmpv4_csum : Cstruct.t -> int -> unit
val get_icmpv4_id : Cstruct.t -> int
val set_icmpv4_id : Cstruct.t -> int -> unit
val get_icmpv4_seq : Cstruct.t -> int
val set_icmpv4_seq : Cstruct.t -> int -> unit

val hexdump_icmpv4_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_icmpv4 : Cstruct.t -> unit
(** On standard output. *)

(** {1 Other readings of the 4 bytes after the checksum} *)

val get_next_hop_mtu : Cstruct.t -> int
val set_next_hop_mtu : Cstruct.t -> int -> unit
val get_pointer : Cstruct.t -> int
val set_pointer : Cstruct.t -> int -> unit
val get_address : Cstruct.t -> int32
val set_address : Cstruct.t -> int32 -> unit
