(** Where the fields of a BOOTP message, which DHCP extends, lie (RFC 2131,
    section 2). *)

val sizeof : int
(** Bytes before the options, magic cookie included. *)

val min_bytes : int
(** Relays and servers may drop shorter messages (RFC 1542, section 2.1). *)

val get_op : Cstruct.t -> int
val set_op : Cstruct.t -> int -> unit
val get_htype : Cstruct.t -> int
val set_htype : Cstruct.t -> int -> unit
val get_hlen : Cstruct.t -> int
val set_hlen : Cstruct.t -> int -> unit
val get_hops : Cstruct.t -> int
val set_hops : Cstruct.t -> int -> unit
val get_xid : Cstruct.t -> int32
val set_xid : Cstruct.t -> int32 -> unit
val get_secs : Cstruct.t -> int
val set_secs : Cstruct.t -> int -> unit
val get_flags : Cstruct.t -> int
val set_flags : Cstruct.t -> int -> unit
val get_ciaddr : Cstruct.t -> Ipaddr.V4.t
val set_ciaddr : Cstruct.t -> Ipaddr.V4.t -> unit
val get_yiaddr : Cstruct.t -> Ipaddr.V4.t
val set_yiaddr : Cstruct.t -> Ipaddr.V4.t -> unit
val get_siaddr : Cstruct.t -> Ipaddr.V4.t
val set_siaddr : Cstruct.t -> Ipaddr.V4.t -> unit
val get_giaddr : Cstruct.t -> Ipaddr.V4.t
val set_giaddr : Cstruct.t -> Ipaddr.V4.t -> unit
val get_chaddr : Cstruct.t -> Macaddr.t
val set_chaddr : Cstruct.t -> Macaddr.t -> unit

val sname : Cstruct.t -> Cstruct.t
(** A view of the server's name. *)

val file : Cstruct.t -> Cstruct.t
(** A view of the boot file's name. *)

val options : Cstruct.t -> Cstruct.t
val has_magic : Cstruct.t -> bool
val set_magic : Cstruct.t -> unit
