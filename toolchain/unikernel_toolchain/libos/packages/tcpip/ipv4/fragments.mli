(** Fragmentation and reassembly (RFC 791, section 3.2), without clock.

    Bounded: all incomplete datagrams together weigh at most the cache's
    capacity, those touched longest ago give way; a datagram waits
    {!max_duration} from its first fragment and consists of at most
    {!max_fragments}. A fragment that overlaps another without repeating it
    exactly discards the whole datagram, as RFC 5722 rules for IPv6. *)

module V : sig
  type t = int64 * Cstruct.t * bool * int * (int * Cstruct.t) list
  (** Arrival of the first fragment in ns, options of the first, whether the
      last is there, number of fragments, and these by falling offset. *)

  val weight : t -> int
  (** In bytes, with a share for the administration. *)
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
(** 15 s, in nanoseconds. *)

val max_fragments : int

val process :
  Cache.t ->
  int64 ->
  Ipv4_packet.t ->
  Cstruct.t ->
  Cache.t * (Ipv4_packet.t * Cstruct.t) option
(** [process cache now header payload] is the datagram that this packet is or
    completes. [now] in monotonic nanoseconds. *)

val cuts : mtu:int -> header_bytes:int -> int -> (int * int) list
(** Offset and length of the fragments of a payload of so many bytes. *)

val fragment : mtu:int -> Ipv4_packet.t -> Cstruct.t -> Cstruct.t list
(** The packets, each at most [mtu] bytes long, that carry this payload; []
    when the MTU has no room for 8 bytes of it or the payload is longer than
    one datagram can be. *)
