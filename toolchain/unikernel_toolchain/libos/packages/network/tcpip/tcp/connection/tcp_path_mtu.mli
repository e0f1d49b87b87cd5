(** Path MTU discovery of a connection: how large its segments are, by what
    routers say (RFC 1191, RFC 8201) and by what arrives (RFC 4821). Times are
    nanoseconds, path sizes bytes of an IP packet. *)

val start_at : Tcp_tcb.t -> header_bytes:int -> (int * int) option -> unit
(** The bytes of IP's header and TCP's without options, and what is known of
    the path: its size, and until when that counts. *)

val least_unit : int
(** Bytes of payload: segments no longer go without "don't fragment", so
    singly, since fragments of what a device cut could not be told apart. *)

(** {1 What happens} *)

val too_big : Tcp_tcb.t -> now:int -> sequence:int -> reported:int -> unit
(** A router says this of a segment with this (unwrapped) sequence number in
    flight. What is in flight in larger pieces counts as lost, but not to
    congestion. *)

val segment_arrived : Tcp_tcb.t -> start:int -> stop:int -> unit
(** The peer has this much of one transmission, at least a full segment. *)

val timed_out : Tcp_tcb.t -> now:int -> unit
(** The retransmission timer ran out. From the second time on, or when only
    smaller segments ever arrived, that may be for the size of what is in
    flight. *)

val abandon_probe : Tcp_tcb.t -> now:int -> unit
(** A larger segment in flight is sent again otherwise: it tells nothing. *)

val explains_loss : Tcp_tcb.t -> now:int -> bool
(** Whether the losses now found are for the size of the segments: of a
    probe's, or of all full ones since the beginning, while something smaller
    came through. Then they go again in smaller pieces, and are no sign of
    congestion. *)

(** {1 What is to be sent} *)

val least_round_trip : Tcp_tcb.t -> int
(** An acknowledgement of what was sent twice, sooner than this, may answer the
    first time. Not of a piece of a segment (see {!safe_payload}), which the whole
    would have covered: 0 until a full segment has arrived. *)

val safe_payload : Tcp_tcb.t -> int
(** Bytes of payload of a segment that is sure to fit: a full one if any has
    arrived, else the least. *)

val probe_due : Tcp_tcb.t -> now:int -> int
(** Bytes of payload of a larger segment that is to be tried now; 0 for
    none. *)

val probe_sent : Tcp_tcb.t -> start:int -> size:int -> unit
(** It was sent. *)
