(** Errors of ICMPv6 (RFC 4443, section 3): what they say of a packet. *)

val is_error : int -> bool
(** Whether an ICMPv6 message of this type is an error. *)

val report : reporter:Ipaddr.V6.t -> Cstruct.t -> Ip_errors.t option
(** What this ICMPv6 message, whose checksum is right, says of a packet of
    ours; nothing when it is no error known, or quotes less than 8 bytes of
    what IP carried. *)

val port_unreachable :
  src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> proto:int -> Cstruct.t -> Cstruct.t list
(** The message about a packet from [src] to [dst] with this payload, to be
    sent back. It quotes as much as a packet of 1280 bytes holds (RFC 4443,
    section 2.4); what of the IP header did not reach this layer is quoted as
    zeros. *)

val unknown_protocol :
  src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> proto:int -> Cstruct.t -> Cstruct.t list
(** The same about a protocol that nobody here speaks (RFC 4443, section 3.4,
    code 1). *)

val may_receive_errors : Ipaddr.V6.t -> bool
(** Whether errors are sent to this source at all (RFC 4443, section 2.4). *)
