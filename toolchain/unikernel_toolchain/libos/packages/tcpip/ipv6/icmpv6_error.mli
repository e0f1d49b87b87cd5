(** Errors of ICMPv6 (RFC 4443, section 3): what they say of a packet. *)

val is_error : int -> bool
(** Whether an ICMPv6 message of this type is an error. *)

val report : reporter:Ipaddr.V6.t -> Cstruct.t -> Ip_errors.t option
(** What this ICMPv6 message, whose checksum is right, says of a packet of
    ours; nothing when it is no error known, or quotes less than 8 bytes of
    what IP carried. *)
