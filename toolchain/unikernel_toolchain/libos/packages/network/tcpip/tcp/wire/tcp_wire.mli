(** Offsets of the TCP header (RFC 9293 section 3.1). All fields are
    big-endian. Accessors raise [Invalid_argument] beyond the buffer: check
    its length first. *)

val sizeof_tcp : int
(** The header without options: 20 bytes. *)

val max_header : int
(** The longest header that the data offset can tell: 60 bytes. *)

val get_tcp_src_port : Cstruct.t -> int
val get_tcp_dst_port : Cstruct.t -> int
val get_tcp_sequence : Cstruct.t -> int32
val get_tcp_ack_number : Cstruct.t -> int32

val get_data_offset : Cstruct.t -> int
(** In bytes, 0 to 60. *)

val get_tcp_flags : Cstruct.t -> int
val get_tcp_window : Cstruct.t -> int
val get_tcp_checksum : Cstruct.t -> int
val get_tcp_urg_ptr : Cstruct.t -> int
val set_tcp_src_port : Cstruct.t -> int -> unit
val set_tcp_dst_port : Cstruct.t -> int -> unit
val set_tcp_sequence : Cstruct.t -> int32 -> unit
val set_tcp_ack_number : Cstruct.t -> int32 -> unit

val set_data_offset : Cstruct.t -> int -> unit
(** In bytes, a multiple of 4. *)

val set_tcp_flags : Cstruct.t -> int -> unit
val set_tcp_window : Cstruct.t -> int -> unit
val set_tcp_checksum : Cstruct.t -> int -> unit
val set_tcp_urg_ptr : Cstruct.t -> int -> unit

val checksum_offset : int
(** Where the checksum lies in the header: 16. *)

(** {1 Bits of the flags} *)

val fin : int
val syn : int
val rst : int
val psh : int
val ack : int
val urg : int

(** {1 Option kinds} *)

val option_end : int
val option_noop : int
val option_mss : int
val option_window_scale : int
val option_sack_permitted : int
val option_sack : int
val option_timestamps : int
