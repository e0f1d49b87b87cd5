(** Fragmentation and reassembly of IPv4 (RFC 791, section 3.2), without clock.
    The bounds are {!Ip_reassembly}'s. *)

module V : sig
  type t = int64 * Cstruct.t * bool * int * (int * Cstruct.t) list
  (** See {!Ip_reassembly.incomplete}. *)

  val weight : t -> int
end

module K : sig
  type t = Ipaddr.V4.t * Ipaddr.V4.t * int * int
  (** Source, destination, protocol, identification. *)

  val compare : t -> t -> int
end

module Cache : sig
  type t

  val empty : int -> t
  (** The capacity in bytes. *)

  val capacity : t -> int
  val weight : t -> int
  val size : t -> int
  val find : K.t -> t -> V.t option
  val add : K.t -> V.t -> t -> t
  val remove : K.t -> t -> t
  val trim : t -> t
end

val max_duration : int64
(** In nanoseconds. *)

val process :
  Cache.t ->
  int64 ->
  Ipv4_packet.t ->
  Cstruct.t ->
  Cache.t * (Ipv4_packet.t * Cstruct.t) option
(** [process cache now header payload] is the datagram that this packet is or
    completes. [now] in monotonic nanoseconds. *)

val fragment : mtu:int -> Ipv4_packet.t -> Cstruct.t -> Cstruct.t list
(** The packets, each at most [mtu] bytes long, that carry this payload; []
    when the MTU has no room for 8 bytes of it or the payload is longer than
    one datagram can be. *)
