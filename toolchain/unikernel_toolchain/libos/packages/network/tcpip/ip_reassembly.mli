(** Reassembly of fragments (RFC 791, section 3.2; RFC 8200, section 4.5),
    without clock.

    Bounded: all incomplete datagrams together weigh at most the capacity,
    those touched longest ago are evicted; a datagram waits {!max_duration} from
    its first fragment and consists of at most {!max_fragments}. A fragment
    that overlaps another without repeating it exactly discards the whole
    datagram (RFC 5722). A fragment costs the logarithm of their number. *)

module By_offset : Map.S with type key = int

type incomplete = {
  since : int64;  (** arrival of the first fragment, in ns *)
  options : Cstruct.t;  (** of the one at offset 0 *)
  last_seen : bool;
  count : int;
  bytes : int;  (** of payload *)
  fragments : Cstruct.t By_offset.t;
}

val weight : incomplete -> int
(** In bytes, with a share for the administration. *)

val max_duration : int64
(** 15 s, in nanoseconds. *)

val max_fragments : int

type arrival = {
  offset : int;  (** in bytes *)
  last : bool;
  options : Cstruct.t;  (** whatever belongs to the datagram; kept of offset 0 *)
  payload : Cstruct.t;
}

module type CACHE = sig
  type key
  type t

  val empty : int -> t
  (** The capacity in bytes. *)

  val capacity : t -> int
  val resize : int -> t -> t
  val weight : t -> int
  val size : t -> int
  val find : key -> t -> incomplete option
  val add : key -> incomplete -> t -> t
  val remove : key -> t -> t
  val trim : t -> t
  val by_age : t -> (key * incomplete) list

  val arrive :
    t -> now:int64 -> max_bytes:int -> key -> arrival -> t * (Cstruct.t * Cstruct.t) option
    (** Options and payload of the datagram that this fragment completes.
        [max_bytes] is how long a payload can be. *)
end

module Make (Key : Ip_reassembly_cache.KEY) : CACHE with type key := Key.t
(** A flood from one source leaves the datagrams of others alone. *)
