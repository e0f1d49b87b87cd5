(** The acknowledgement of a segment that arrived: what it says of our data,
    and what follows for loss recovery and congestion. *)

val detect_losses : Tcp_tcb.t -> now:int -> unit
(** The reordering timer expired (RFC 8985 section 6.3). *)

val process :
  Tcp_tcb.t ->
  now:int ->
  Tcp_segment.t ->
  sequence:int ->
  payload:int ->
  int ->
  unit
(** [process c ~now header ~sequence ~payload acknowledgement], positions
    unwrapped, the acknowledgement at most [c.nxt]. *)
