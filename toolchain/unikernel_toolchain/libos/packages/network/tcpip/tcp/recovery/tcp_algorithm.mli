(** What a congestion control algorithm decides, beyond slow start. All sizes
    are in bytes, all times in nanoseconds. *)

type t = {
  name : string;
  avoid : now:int -> rtt:int -> acked:int -> window:int -> int;
  (** The congestion window after [acked] bytes were acknowledged in
      congestion avoidance. *)
  back_off : window:int -> in_flight:int -> int;
  (** The slow start threshold after a loss. *)
  restart : unit -> unit;
  (** Forgets the history of growth: after a timeout, an idle time, or a
      reduction that proved spurious. *)
}
