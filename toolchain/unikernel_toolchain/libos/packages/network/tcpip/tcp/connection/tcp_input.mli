(** SEGMENT ARRIVES (RFC 9293 section 3.10.7), with RFC 5961 and RFC 7323. *)

type outcome =
  | Done
  | Send_reset  (** belongs to no connection: answer with RST *)

val segment :
  Tcp_tcb.t ->
  now:int ->
  unit_size:int ->
  Tcp_segment.t ->
  Cstruct.t ->
  outcome
(** [unit_size]: payload bytes of each of the segments that the device joined,
    or of this one. *)
