(** All connections of one host, by address and port, without I/O: segments
    come in by {!input}, leave by {!poll}. Addresses are compared and hashed
    structurally. Times are in nanoseconds. *)

type 'a t
type 'a connection

type 'a listener = {
  keepalive : Tcp_tcb.keepalive option;
  accepted : 'a connection -> unit;
  (** Called by {!notify} once a connection is established. *)
}

type 'a emit =
  owner:'a connection option ->
  local:'a ->
  remote:'a ->
  Tcp_segment.t ->
  Cstruct.t list ->
  length:int ->
  unit_size:int ->
  unit
(** See {!Tcp_output.emit}. [owner] is absent in answers that belong to no
    connection. *)

val create :
  Tcp_config.t ->
  secret:string ->
  identity:(local:'a -> remote:'a -> string) ->
  mss:('a -> int) ->
  header_bytes:('a -> int) ->
  'a t
(** [secret]: at least 16 random bytes. [identity]: bytes that tell this pair
    of addresses from others. [mss]: payload bytes of a segment to this peer
    that has no options. [header_bytes]: what IP and TCP put before it. *)

val set_tso_max : 'a t -> owner:'a connection option -> int -> unit
(** The largest payload that the device cuts to segments by itself, for this
    connection and new ones; 0 (as at first) when it does not. *)

(** {1 Connections} *)

val connect :
  'a t ->
  now:int ->
  local:'a ->
  remote:'a ->
  remote_port:int ->
  'a connection option
(** None when every port, or the room for connections, is taken. *)

val tcb : 'a connection -> Tcp_connection.t

val remote : 'a connection -> 'a * int
val local_port : 'a connection -> int

val on_change : 'a connection -> (unit -> unit) -> unit
(** What {!notify} calls when the connection's state, what it has to read or
    its room to write changed. *)

val touch : 'a t -> 'a connection -> unit
(** The next {!poll} flushes it. *)

val set_backpressured : 'a t -> 'a connection -> bool -> unit
(** Whether the device is too busy to take data of this connection. *)

val abandon : 'a t -> now:int -> 'a connection -> unit
(** See {!Tcp_connection.abandon}. *)

val abort : 'a t -> now:int -> 'a connection -> 'a emit -> unit

(** {1 Driving} *)

val input :
  'a t ->
  now:int ->
  listening:(int -> 'a listener option) ->
  local:'a ->
  remote:'a ->
  unit_size:int ->
  Tcp_segment.t ->
  Cstruct.t ->
  unit
(** A segment with a valid checksum. [unit_size]: payload bytes of the segments
    the device joined to it, 0 when it joined none. *)

val report :
  'a t ->
  now:int ->
  local_port:int ->
  remote_port:int ->
  is_between:(local:'a -> remote:'a -> bool) ->
  sequence:Tcp_sequence.t ->
  Ip_errors.reason ->
  unit
(** What the network says of a segment that was sent, see
    {!Tcp_connection.report}; nothing when it is of no connection here. *)

val poll : 'a t -> now:int -> 'a emit -> unit
(** Runs due timers and sends what is to be sent. *)

val notify : 'a t -> unit
(** Calls {!on_change} and [accepted] for what happened since. They may call
    anything here. *)

val deadline : 'a t -> int
(** When {!poll} must be called at the latest; [max_int] for whenever. *)

val is_busy : 'a t -> bool
(** Whether {!poll} or {!notify} has something to do right now. *)

val take_refused_port : 'a t -> int option
(** A port that somebody listens to, to which a connection was refused for want
    of room since this was asked last. *)

(** {1 Figures} *)

val connections : 'a t -> int
val half_open : 'a t -> int
val budgets : 'a t -> Tcp_tcb.budgets
val time_waits : 'a t -> int
