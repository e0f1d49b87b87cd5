(** The neighbours (RFC 4861, section 5.1), with the packets that wait for
    them.

    A part of the room is for each of three kinds, so that none can take
    another's: neighbours that are being asked for, those that have only announced
    of, and those that have answered. When it is full, the one longest without
    change is evicted, unless the caller keeps it. Each operation takes time
    logarithmic in the size. *)

type t

val create : bytes:int -> t
(** So much memory for neighbours, and half of it for packets. *)

val capacity : t -> int
(** In neighbours. *)

val max_resolving : t -> int
(** How many are being asked for at once. *)

val max_queued : int
(** Packets that wait for one neighbour; the oldest is evicted. *)

val find : t -> Ipaddr.V6.t -> Ndp_neighbour.t option
val confirmed : t -> Ipaddr.V6.t -> bool
(** Whether it has ever answered what we asked. *)

val size : t -> int
val queued_bytes : t -> int

type change = {
  cache : t;
  released : Cstruct.t list;  (** can go now that the address is known *)
  evicted : Ipaddr.V6.t option;
}

val set :
  t -> keep:(Ipaddr.V6.t -> bool) -> confirmed:bool -> Ipaddr.V6.t -> Ndp_neighbour.t -> change
(** [confirmed]: by an answer to what we asked. *)

val queue : t -> Ipaddr.V6.t -> Cstruct.t -> t
(** For a neighbour that is being asked for; dropped when all that waits
    would be too much. *)

val deadline : t -> int64

val tick :
  Ndp_timing.t -> now:int64 -> t -> t * (Ipaddr.V6.t * Ndp_neighbour.action) list
(** Looks at those neighbours only whose deadline has come. *)
