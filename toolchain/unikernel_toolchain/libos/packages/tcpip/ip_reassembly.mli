(** Reassembly of fragments (RFC 791, section 3.2; RFC 8200, section 4.5),
    without clock.

    Bounded: all incomplete datagrams together weigh at most the capacity,
    those touched longest ago give way; a datagram waits {!max_duration} from
    its first fragment and consists of at most {!max_fragments}. A fragment
    that overlaps another without repeating it exactly discards the whole
    datagram (RFC 5722). *)

type incomplete = int64 * Cstruct.t * bool * int * (int * Cstruct.t) list
(** Arrival of the first fragment in ns, options of the one at offset 0,
    whether the last is there, number of fragments, and these by falling
    offset. *)

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

module Make (Key : Map.OrderedType) : sig
  type t

  val empty : int -> t
  (** The capacity in bytes. *)

  val capacity : t -> int
  val weight : t -> int
  val size : t -> int
  val find : Key.t -> t -> incomplete option
  val add : Key.t -> incomplete -> t -> t
  val remove : Key.t -> t -> t
  val trim : t -> t

  val arrive :
    t -> now:int64 -> max_bytes:int -> Key.t -> arrival -> t * (Cstruct.t * Cstruct.t) option
  (** Options and payload of the datagram that this fragment completes.
      [max_bytes] is how long a payload can be. *)
end
