(** The neighbours (RFC 4861, section 5.1), bounded in number, with the packets
    that wait for them. *)

type t

val max_neighbours : int
val max_queued : int
(** Packets that wait for one neighbour; the oldest gives way. *)

val empty : t
val find : t -> Ipaddr.V6.t -> Ndp_neighbour.t option
val size : t -> int

val set : t -> Ipaddr.V6.t -> Ndp_neighbour.t -> t * Cstruct.t list
(** With the packets that can go now that the address is known. *)

val queue : t -> Ipaddr.V6.t -> Cstruct.t -> t
(** For a neighbour that is being asked for. *)

val tick :
  Ndp_timing.t -> now:int64 -> t -> t * (Ipaddr.V6.t * Ndp_neighbour.action) list
