(** A link with a rate, a queue, a delay and faults. Frames longer than the
    MTU are cut to segments, as a device would, before any fault. *)

type conditions = {
  rate : int;  (** bytes a second *)
  queue : int;  (** bytes; what does not fit is dropped *)
  delay_ns : int;  (** one way *)
  loss : float;  (** probability for each frame, as the next three *)
  reorder : float;
  reorder_ns : int;  (** extra delay, up to this, of those reordered *)
  duplicate : float;
  corrupt : float;  (** one bit is flipped: the checksum must find it *)
  mtu : int;  (** bytes of TCP and 20 of IP; what is longer is dropped *)
  tells : bool;  (** by ICMP, when a frame is dropped for its length *)
}

val perfect : conditions
(** 100 MB/s, 1 MB of queue, 1 ms each way. *)

type t

val create :
  Tcp_events.t ->
  Random.State.t ->
  conditions ->
  refuse:(Cstruct.t -> mtu:int -> unit) ->
  (Cstruct.t -> unit) ->
  t
(** Delivers to the function. [refuse] hears, after the delay there and back,
    of frames that are too long. *)

val set_conditions : t -> conditions -> unit

val send : t -> Tcp_segment.t -> Cstruct.t list -> length:int -> unit_size:int -> unit

val frames : t -> int
(** Put on the link so far. *)

val too_long : t -> int
(** Of these, dropped for their length. *)
