(** Which connections a host has, by address and port, and which of them want
    attention. Times are in nanoseconds. *)

type 'a key = {
  salted_port : int;  (** see {!salted} *)
  remote_port : int;
  remote : 'a;
  local : 'a;
}

val salted : salt:int -> int -> int
(** A local port, under a salt that keeps remotes from choosing which keys
    collide. *)

val port_of : 'a key -> int

type 'a connection = private {
  key : 'a key;
  tcb : Tcp_tcb.t;
  mutable slot : 'a connection Tcp_timer_queue.slot option;
  (** none once it has left the table *)
  mutable dirty : bool;
  mutable closing : bool;  (** its owner has closed it *)
  accepted : bool;  (** it came to a port that somebody listens to *)
  mutable waiting_accept : ('a connection -> unit) option;
  mutable changed : unit -> unit;
}

type 'a entry =
  | Connection of 'a connection
  | Time_wait of Tcp_time_wait.t

type 'a t

val create : time_wait_max:int -> 'a t
val find : 'a t -> 'a key -> 'a entry option

val find_by_ports :
  'a t ->
  salted_port:int ->
  remote_port:int ->
  ('a connection -> bool) ->
  'a connection option
(** The first wanted one among those with these ports, whatever their
    addresses; not in TIME-WAIT. *)

val add :
  'a t ->
  'a key ->
  Tcp_tcb.t ->
  waiting_accept:('a connection -> unit) option ->
  'a connection
(** [waiting_accept]: whom to tell when it is established; then it counts as
    half-open until it is, or until it ends. *)

val forget : 'a t -> 'a key -> unit
(** Ends a connection in TIME-WAIT. *)

val on_change : 'a connection -> (unit -> unit) -> unit

(** {1 Attention} *)

val touch : 'a t -> 'a connection -> unit
(** {!next_dirty} will give it. *)

val set_backpressured : 'a t -> 'a connection -> bool -> unit

val announce : 'a t -> 'a connection -> unit
(** Something happened to it: queues what is to be told. *)

val settle : 'a t -> 'a connection -> now:int -> unit
(** It was flushed: {!announce}, and the next timer or its removal. *)

val next_closing :
  'a t -> ('a connection -> bool) -> tries:int -> 'a connection option
(** One of those that their owner has closed, the one that did so first before
    the others, if it is among the next [tries]. *)

val accepted_at : 'a t -> 'a key -> int
(** How many connections there are that came to the local port of this key. *)

val accepted_matching :
  'a t -> 'a key -> ('a connection -> bool) -> most:int -> 'a connection list
(** So many of these at the most. Looks at all connections. *)

val next_dirty : 'a t -> 'a connection option
val next_due : 'a t -> now:int -> 'a connection option
val expire_time_waits : 'a t -> now:int -> unit

val notify : 'a t -> unit
(** Tells what was queued. *)

val deadline : 'a t -> int
(** Of the earliest timer. *)

val is_busy : 'a t -> bool

(** {1 Figures} *)

val connections : 'a t -> int
val half_open : 'a t -> int
val time_waits : 'a t -> int
