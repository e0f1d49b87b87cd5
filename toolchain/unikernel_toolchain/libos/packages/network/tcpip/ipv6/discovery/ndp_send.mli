(** Where packets go, and who has to be asked for before. *)

open Ndp_context

type route =
  | Now of Macaddr.t
  | Later of Ipaddr.V6.t  (** when this neighbour is [Resolved] *)
  | No_route of string  (** why *)

val route : now:int64 -> t -> Ipaddr.V6.t -> t * route * Ndp_packets.output list
(** Does what is due before. *)

val route_to :
  t -> now:int64 -> reserve:int -> Ipaddr.V6.t -> t * route * Ndp_packets.output list
(** [reserve]: so many of the questions of a second are for others. *)

val to_neighbour :
  t -> now:int64 -> reserve:int -> Ipaddr.V6.t -> t * route * Ndp_packets.output list
(** Whatever the routes say: it is on this link. *)

val deliver : t * route * Ndp_packets.output list -> Cstruct.t -> t * Ndp_packets.output list
(** The packet goes this way, now or later. *)

val reserved_solicitations : int
(** Half of the questions of a second. *)

val answer :
  t -> now:int64 -> Ipaddr.V6.t -> Cstruct.t -> t * Ndp_packets.output list
(** The packet, which is an answer, goes to who asked. *)

val has_other_route : t -> Ipaddr.V6.t -> than:Ipaddr.V6.t -> bool
