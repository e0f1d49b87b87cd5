(** One host with little memory, the programs that run on it, and a good client of
    theirs, in virtual time: what {!Bad_peer}s are let loose on. *)

type program = Echo | Answer | Deaf | Source | Reader | Half_closed

type world = {
  random : Random.State.t;
  busy : bool;  (** none of its programs reads *)
  config : Tcp_config.t;
  host : int Tcp_endpoint.t;
  client : int Tcp_endpoint.t;
  mutable now : int;  (** ns *)
  mutable peers : Bad_peer.t list;
  mutable served : (int Tcp_endpoint.connection * program) list;
  mutable written : int;  (** bytes, by the programs *)
  mutable arrived : int;  (** segments of the peers *)
  mutable empty : int;  (** segments without data that it sent them *)
  mutable bytes : int;  (** of data in the others *)
  mutable answered : int;  (** bytes that the good client got *)
  mutable to_client : (Tcp_segment.t * Cstruct.t) list;
  mutable to_host : (Tcp_segment.t * Cstruct.t) list;
}

val create : int -> world
(** The run of this number: all that is random in it comes of it. *)

val second : int
val random : world -> int -> int
val one_in : world -> int -> bool
val pick : world -> 'a array -> 'a

val counts : (string, int) Hashtbl.t
(** How often something was seen, in all runs. *)

val note : string -> unit

(** {1 The host} *)

val good : int
(** The address of the good client. *)

val good_port : int
(** Where it is served; the peers get a program by chance at the others. *)

val tcb : int Tcp_endpoint.connection -> Tcp_connection.t
val close : world -> int Tcp_endpoint.connection -> unit

val go_on : world -> int Tcp_endpoint.connection -> program -> unit
(** The program does what it would do had something changed. *)

val input : world -> int -> Tcp_segment.t -> Cstruct.t -> unit
(** A segment of the peer at this address. *)

val turn : world -> unit
(** The host and the good client do all they can right now. *)

val pass : world -> int -> unit
(** Until this time, with the timers that expire before. *)
