(** Which messages answer which: behaviour of ICMP, without input or
    output. *)

val reply_to : Icmpv4_packet.t -> Icmpv4_packet.t option
(** The header that answers this one; the payload is repeated. *)

val unreachable :
  Icmpv4_wire.unreachable_reason ->
  src:Ipaddr.V4.t ->
  dst:Ipaddr.V4.t ->
  proto:int ->
  Cstruct.t ->
  Cstruct.t
(** The message to [src] about the packet with this transport payload that it
    sent to [dst]. It quotes the addresses, the protocol and the first 8 bytes
    of the payload (RFC 792); what of the IP header did not reach this layer
    is quoted as zeros. *)

val may_receive_errors : Ipaddr.V4.t -> bool
(** Whether errors are sent to this source at all: not unless it is one host's
    (RFC 1122, section 3.2.2). *)

val report :
  reporter:Ipaddr.V4.t -> Icmpv4_packet.t -> Cstruct.t -> Ip_errors.t option
(** What this message with this payload says of a packet of ours; nothing when
    it is no error, or quotes less than 8 bytes of what IP carried. Source
    quench and redirects say nothing (RFC 6633; there is one router here). *)
