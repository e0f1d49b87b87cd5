(** One connection whose peer is played by hand. Sequence numbers are relative:
    0 is a side's SYN, 1 its first byte. *)

type sent = { segment : Tcp_segment.t; payload : string }

type t = {
  tcb : Tcp_connection.t;
  mutable now : int;  (** ns *)
}

val theirs : Tcp_sequence.t
(** The number of the peer's SYN. *)

val plain : Tcp_segment.options
(** MSS 1000 and nothing else. *)

val modern : Tcp_segment.options
(** With window scale 7, SACK and timestamps. *)

val syn_sent : ?config:Tcp_config.t -> unit -> t
(** An active open whose SYN was sent. *)

val established : ?config:Tcp_config.t -> ?options:Tcp_segment.options -> unit -> t
(** After an active open; the peer offered these options, {!plain} by default,
    and a window of 65,535 bytes. *)

val established_with : Tcp_config.t -> Tcp_tcb.budgets -> t
(** One of several that share these; {!modern}. *)

val accepted : ?config:Tcp_config.t -> unit -> t
(** In SYN-RECEIVED: a SYN came, the SYN-ACK was sent. *)

val peer :
  t ->
  ?control:Tcp_segment.control ->
  ?seq:int ->
  ?ack:int ->
  ?window:int ->
  ?options:Tcp_segment.options ->
  string ->
  Tcp_input.outcome
(** The peer sends a segment with this payload. *)

val flush : t -> sent list
val wait : t -> int -> sent list
(** Lets so many ns pass, running timers as they expire; what was sent. *)

val write : t -> string -> unit
val close : t -> unit
val read : t -> string
(** All there is. *)

val seq : t -> sent -> int
val ack : t -> sent -> int
(** -1 without acknowledgement. *)

val sack : t -> sent -> (int * int) list

val tcb : t -> Tcp_tcb.t

val sent_until : t -> int
(** The first sequence number not sent yet, relative. *)

val received_until : t -> int
(** The first sequence number not received in order. *)

val our_block : int -> int -> Tcp_sequence.t * Tcp_sequence.t
(** A SACK block of ours from relative numbers. *)

val expect_state : t -> Tcp_state.t -> unit
val expect_one : string -> sent list -> sent
(** @raise Failure unless it is one. *)

val expect_none : string -> sent list -> unit
