(** The receiving half of a connection: what arrived, what the peer may send,
    and when to acknowledge. Positions are unwrapped sequence numbers, sizes
    bytes, times nanoseconds. *)

type ack_due =
  | Nothing
  | By of int  (** the delayed acknowledgement's deadline *)
  | Now

type t

val create : Tcp_config.t -> Tcp_budget.t -> t

val start : t -> now:int -> next:int -> mss:int -> shift:int -> unit
(** The peer's SYN came. [mss]: of ours. [shift]: of the windows we advertise. *)

val initial_window : t -> int
(** For a SYN: never scaled. *)

val next : t -> int
(** The first byte not received in order. *)

val edge : t -> int
(** The byte after the last one that the peer may send. *)

val unread : t -> int

val cost : t -> int
(** Bytes of memory that what arrived takes. *)

val ack_due : t -> ack_due
val ack_now : t -> unit
(** Acknowledge at once. *)

val data : t -> now:int -> start:int -> unit_size:int -> Cstruct.t -> unit
(** Takes a payload whose segments had [unit_size] bytes. What lies outside
    the window is cut off; what there is no memory for is not taken. *)

val fin : t -> int -> unit
(** The peer's data ends at this position, provided it lies in the window. *)

val reached_fin : t -> bool
(** Everything up to the end has arrived. *)

val read : t -> now:int -> rtt:int -> Cstruct.t option
(** The next bytes in order. May demand a window update, and grow the buffer
    to twice what is read in a round trip. *)

val release_budget : t -> unit
(** What is unread concerns only its owner from now on. *)

val abandon : t -> unit
(** Nobody will read: drops what arrived, and what will arrive. *)

val has_dropped : t -> bool
(** Whether something was dropped since {!abandon}, or by it. *)

val discard : t -> unit
(** Forgets what is out of order: the connection is over. What is in order
    can still be read. *)

val window_field : t -> int
(** For the next segment: also opens {!edge}. *)

val acknowledged : t -> unit
(** A segment carries {!next}: nothing is due any more. *)

val last_acknowledged : t -> int

val sack : t -> room:int -> (Tcp_sequence.t * Tcp_sequence.t) list
(** At most [room] blocks; a duplicate leads (RFC 2883), once. *)

val has_sack : t -> bool
(** Whether {!sack} has blocks to send. *)

val out_of_order : t -> int
(** Segments held out of order that a peer without SACK must hear of, one
    acknowledgement each; reading it sets it to 0. *)
