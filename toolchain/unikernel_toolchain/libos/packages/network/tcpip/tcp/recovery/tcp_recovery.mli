(** Episodes of loss: when the congestion window is lowered, by how much it
    lets through meanwhile (RFC 6937), when it is over, and when it was
    imagined (RFC 4015). *)

type phase =
  | Open
  | Fast_recovery  (** fast recovery (RFC 5681, 6582, 6675) *)
  | Rto_recovery  (** after a timeout (RFC 6298) *)

type t

val create : unit -> t
val phase : t -> phase

val point : t -> int
(** The episode is over when everything before it is acknowledged. *)

val enter : t -> Tcp_congestion.t -> in_flight:int -> point:int -> unit
(** Fast recovery begins. *)

val timed_out : t -> Tcp_congestion.t -> in_flight:int -> point:int -> unit

val retransmitted : t -> start:int -> stamp:int -> bytes:int -> unit
(** Bytes from [start] on were sent again under a timestamp of this value. *)

val resize : t -> in_flight:int -> point:int -> unit
(** What was in flight goes again in smaller segments: an episode, unless one
    is under way, that leaves window and threshold as they are. *)

val sent : t -> bytes:int -> unit
(** New bytes were sent. *)

val prr_update :
  t -> Tcp_congestion.t -> pipe:int -> delivered:int -> mss:int -> unit
(** An acknowledgement came during {!Fast_recovery}: sets the window so that what
    leaves is in proportion to what arrived. *)

val is_spurious : t -> una:int -> echo:int -> bool
(** Whether the acknowledgement that first covers what was sent again, and
    echoes this timestamp, answers the original transmission. *)

val dsack_arrived : t -> una:int -> left:int -> right:int -> bool
(** The peer had these bytes twice (RFC 2883). True when with them all that the
    latest episode sent again was unnecessary (RFC 3708): it may be undone, even
    if it is over. *)

val leave : t -> Tcp_congestion.t -> unit
val undo : t -> Tcp_congestion.t -> unit
