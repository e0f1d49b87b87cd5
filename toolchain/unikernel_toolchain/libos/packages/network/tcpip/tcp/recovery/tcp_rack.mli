(** Loss detection by time: RACK (RFC 8985 section 6), which a connection
    with SACK uses. Times are in nanoseconds. *)

type t

val create : unit -> t

val begin_acknowledgement : t -> unit
(** Call before {!delivered}. *)

val delivered :
  t -> now:int -> least_rtt:int -> Tcp_scoreboard.chunk -> stop:int -> unit
(** Takes note of a chunk that arrived (steps 2 and 3). *)

val round_trip : t -> now:int -> int option
(** Measured by the newest chunk delivered since {!begin_acknowledgement} that
    was sent only once. *)

val spurious : t -> round_ends:int -> una:int -> unit
(** A retransmission was unnecessary: packets get reordered, so wait longer.
    Counts once a round trip (step 4). *)

val recovered : t -> unit
(** A recovery ended. *)

val detect :
  t -> Tcp_scoreboard.t -> Tcp_rtt.t -> now:int -> mss:int -> recovering:bool -> int
(** Marks chunks lost (step 5). Returns when to look again, 0 for not. *)
