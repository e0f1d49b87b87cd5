(** Where the fields of a UDP header lie (RFC 768). *)

val sizeof_udp : int
val get_udp_source_port : Cstruct.t -> int
val set_udp_source_port : Cstruct.t -> int -> unit
val get_udp_dest_port : Cstruct.t -> int
val set_udp_dest_port : Cstruct.t -> int -> unit
val get_udp_length : Cstruct.t -> int
val set_udp_length : Cstruct.t -> int -> unit
val get_udp_checksum : Cstruct.t -> int
val set_udp_checksum : Cstruct.t -> int -> unit

val hexdump_udp_to_buffer : Buffer.t -> Cstruct.t -> unit
val hexdump_udp : Cstruct.t -> unit
(** On standard output. *)

val checksum_at : int
(** Offset of the checksum. *)
