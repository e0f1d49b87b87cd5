(** Fragmentation and reassembly of IPv4 (RFC 791, section 3.2), without clock.
    The bounds are {!Ip_reassembly}'s. *)

module V : sig
  type t = int64 * Cstruct.t * bool * int * (int * Cstruct.t) list
  (** Arrival of the first fragment in ns, options of the one at offset 0,
      whether the last is there, number of fragments, and these by falling
      offset. *)

  val weight : t -> int
  (** Bytes of payload. *)
end

module K : sig
  type t = Ipaddr.V4.t * Ipaddr.V4.t * int * int
  (** Source, destination, protocol, identification. *)

  val compare : t -> t -> int
end

module Cache : sig
  type t
  type k = K.t
  type v = V.t

  val empty : int -> t
  (** The capacity in bytes. *)

  val is_empty : t -> bool
  val size : t -> int

  val weight : t -> int
  (** Bytes of payload. What {!process} keeps within the capacity is more than
      that: what the administration takes counts as well. *)

  val capacity : t -> int
  val resize : int -> t -> t
  val trim : t -> t
  val mem : k -> t -> bool
  val find : k -> t -> v option
  val promote : k -> t -> t
  val add : k -> v -> t -> t
  val remove : k -> t -> t
  val pop : k -> t -> (v * t) option
  val lru : t -> (k * v) option
  val drop_lru : t -> t
  val pop_lru : t -> ((k * v) * t) option
  val fold : (k -> v -> 'a -> 'a) -> 'a -> t -> 'a
  val iter : (k -> v -> unit) -> t -> unit
  val of_list : (k * v) list -> t
  val to_list : t -> (k * v) list
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
    completes. [now] in monotonic nanoseconds. A flood from one source leaves
    the datagrams of others alone. *)

val fragment : mtu:int -> Ipv4_packet.t -> Cstruct.t -> Cstruct.t list
(** [fragment ~mtu header rest]: the packets, each at most [mtu] bytes long, that
    carry what did not fit into the first fragment, which holds as much as it can;
    [header] is the whole datagram's. [] when the MTU has no room for 8 bytes or
    the datagram is longer than one can be. *)

val fragment_all : mtu:int -> Ipv4_packet.t -> Cstruct.t -> Cstruct.t list
(** The first fragment, too; [payload] is all of it. *)
