(** The segments of a connection, as they stand now. Positions are unwrapped
    sequence numbers, times nanoseconds. *)

val syn : Tcp_tcb.t -> now:int -> Tcp_segment.t
(** SYN or SYN-ACK, by the state. *)

val data :
  Tcp_tcb.t ->
  now:int ->
  sequence:int ->
  control:Tcp_segment.control ->
  push:bool ->
  Tcp_segment.t
(** Without SACK blocks: a full segment has no room for them. *)

val acknowledgement : Tcp_tcb.t -> now:int -> sequence:int -> Tcp_segment.t
(** With SACK blocks. *)

val reset : Tcp_tcb.t -> now:int -> Tcp_segment.t

val reply_reset : Tcp_segment.t -> payload:int -> Tcp_segment.t option
(** RST in answer to a segment that belongs nowhere (RFC 9293 section
    3.10.7.1); none to an RST. *)
