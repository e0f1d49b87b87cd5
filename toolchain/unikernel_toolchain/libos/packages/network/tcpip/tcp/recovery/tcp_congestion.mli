(** The congestion window: slow start, and an algorithm beyond it (RFC 5681).
    All sizes are in bytes, all times in nanoseconds. *)

type t

val create : Tcp_config.algorithm -> mss:int -> t
(** Starts with the initial window of RFC 6928. *)

val resized : t -> Tcp_config.algorithm -> mss:int -> t
(** With another segment size: window and threshold, in bytes, stay. *)

val window : t -> int
val threshold : t -> int
val in_slow_start : t -> bool

val acknowledged : t -> now:int -> rtt:int -> int -> unit
(** So many bytes newly acknowledged, while the window was in full use. *)

val enter_recovery : t -> in_flight:int -> unit
(** A loss was found: lowers the threshold, leaves the window to
    {!set_window}. *)

val set_window : t -> int -> unit
(** During recovery (RFC 6937). *)

val leave_recovery : t -> unit
(** The window becomes the threshold. *)

val timed_out : t -> in_flight:int -> first:bool -> unit
(** One segment. The threshold drops at the [first] timeout of an episode. *)

val undo : t -> unit
(** The last reduction was spurious (RFC 4015): takes it back. *)

val restart_after_idle : t -> unit
(** RFC 5681 section 4.1. *)
