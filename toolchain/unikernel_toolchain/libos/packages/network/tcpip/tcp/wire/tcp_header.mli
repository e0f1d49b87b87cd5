(** {!Tcp_wire} with all accessors that MirageOS's has, for programs that look at
    packets: the stack itself does without these. *)

include module type of struct
  include Tcp_wire
end

val get_tcp_dataoff : Cstruct.t -> int
(** The byte of the data offset, as it stands: {!get_data_offset} is in bytes. *)

val set_tcp_dataoff : Cstruct.t -> int -> unit

val set_data_offset : Cstruct.t -> int -> unit
(** In words of 4 bytes, as MirageOS has it, where {!get_data_offset} is in bytes.
    The stack's own, in {!Tcp_wire}, is in bytes. *)

(** {1 Flags} *)

val get_fin : Cstruct.t -> bool
val get_syn : Cstruct.t -> bool
val get_rst : Cstruct.t -> bool
val get_psh : Cstruct.t -> bool
val get_ack : Cstruct.t -> bool
val get_urg : Cstruct.t -> bool

val get_ece : Cstruct.t -> bool
(** RFC 3168, as {!get_cwr}. *)

val get_cwr : Cstruct.t -> bool

val set_fin : Cstruct.t -> unit
(** Leaves the others as they are; so do all of these. *)

val set_syn : Cstruct.t -> unit
val set_rst : Cstruct.t -> unit
val set_psh : Cstruct.t -> unit
val set_ack : Cstruct.t -> unit
val set_urg : Cstruct.t -> unit
val set_ece : Cstruct.t -> unit
val set_cwr : Cstruct.t -> unit

(** {1 The pseudo-header of IPv4} (RFC 9293 section 3.1) *)

val sizeof_tcpv4_pseudo_header : int
(** 12 bytes. *)

val get_tcpv4_pseudo_header_src : Cstruct.t -> int32
val get_tcpv4_pseudo_header_dst : Cstruct.t -> int32
val get_tcpv4_pseudo_header_res : Cstruct.t -> int
val get_tcpv4_pseudo_header_proto : Cstruct.t -> int
val get_tcpv4_pseudo_header_len : Cstruct.t -> int
val set_tcpv4_pseudo_header_src : Cstruct.t -> int32 -> unit
val set_tcpv4_pseudo_header_dst : Cstruct.t -> int32 -> unit
val set_tcpv4_pseudo_header_res : Cstruct.t -> int -> unit
val set_tcpv4_pseudo_header_proto : Cstruct.t -> int -> unit
val set_tcpv4_pseudo_header_len : Cstruct.t -> int -> unit

(** {1 Dumps} of either header without options *)

val hexdump_tcp_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_tcp : Cstruct.t -> unit
val hexdump_tcpv4_pseudo_header_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_tcpv4_pseudo_header : Cstruct.t -> unit
