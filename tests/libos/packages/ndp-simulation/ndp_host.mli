(** A host under test: what it gets, what it sends, and its clock. *)

type t

val create : ?random:(int -> Cstruct.t) -> ?at:int64 -> Macaddr.t -> t
(** With its link-local address; [random] is {!Seeded.bytes}. *)

val context : t -> Ndpv6.context
val change : t -> (now:int64 -> Ndpv6.context -> Ndpv6.context * Ndpv6.output list) -> unit
val now : t -> int64

val wait : ?meanwhile:(unit -> unit) -> t -> int64 -> unit
(** So many nanoseconds pass, and what falls due is done, each time followed by
    [meanwhile].
    @raise Failure when the host has work without end. *)

val pause : t -> int64 -> unit
(** So many nanoseconds pass, and nothing is done. *)

val receive : t -> Cstruct.t -> Ndpv6.event list
(** An IPv6 packet. *)

type route = Now of Macaddr.t | Later of Ipaddr.V6.t | No_route of string

val write : t -> Ipaddr.V6.t -> route
(** A packet to this destination wants to go. *)

type sent = { at : int64; station : Macaddr.t; packet : Cstruct.t }

val sent : t -> sent list
(** Since it was last asked, the oldest first. *)

val sent_packets : t -> int
(** From the beginning. *)

val news : t -> Ndpv6.notification list
(** Since it was last asked, the oldest first. *)

val header : sent -> Ipv6_packet.t

val message : sent -> Icmpv6_packet.t option
(** @raise Failure for an ICMPv6 message whose checksum is wrong. *)

val reports : sent -> (Ipaddr.V6.t * int) list
(** Of multicast listener discovery: each record's group and type; type 131 and
    132 for the messages of version 1.
    @raise Failure unless it goes out as RFC 3810, section 5.2.14 wants it. *)

val packet :
  ?hop_limit:int ->
  ?before:Cstruct.t * int ->
  src:Ipaddr.V6.t ->
  dst:Ipaddr.V6.t ->
  Icmpv6_packet.t ->
  Cstruct.t
(** An ICMPv6 message on its way; [before] is what lies between its header and
    IPv6's, and the type of that. *)
