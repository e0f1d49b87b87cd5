(** One neighbour's reachability (RFC 4861, section 7.3), as a table: state,
    event and time to state and action. *)

type t =
  | Incomplete of { solicits : int; next_at : int64 }
  | Reachable of { mac : Macaddr.t; until : int64 }
  (** afterwards, it is as [Stale] *)
  | Stale of Macaddr.t
  | Delay of { mac : Macaddr.t; until : int64 }
  | Probe of { mac : Macaddr.t; solicits : int; next_at : int64 }

type action = Nothing | Multicast_solicit | Unicast_solicit of Macaddr.t | Delete

val mac : t -> Macaddr.t option

val deadline : t -> int64
(** When {!tick} has something to do; {!Ndp_timing.never} for the states that
    need no clock. *)

val incomplete : Ndp_timing.t -> now:int64 -> t
(** Being asked for; the first solicitation is the caller's. *)

val packet_sent : now:int64 -> t -> t
(** A packet goes to the neighbour. *)

val tick : Ndp_timing.t -> now:int64 -> t -> t * action

val unsolicited : t option -> Macaddr.t -> t
(** The neighbour tells its address without being asked for it: in a
    solicitation, or as a router (section 7.2.3). *)

val advertised :
  Ndp_timing.t ->
  now:int64 ->
  solicited:bool ->
  override:bool ->
  t ->
  Macaddr.t option ->
  t option
(** Section 7.2.5. [None]: the advertisement contradicts what is known, or tells
    nothing, and its router flag is not to be believed either. *)
