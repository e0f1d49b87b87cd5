(** SYN cookies: under a flood, what a half-open connection must remember
    travels in the sequence number and the timestamp of its SYN-ACK. *)

val answer :
  Tcp_secret.t ->
  Tcp_config.t ->
  now:int ->
  identity:string ->
  local_mss:int ->
  Tcp_segment.t ->
  Tcp_segment.t
(** The SYN-ACK to a SYN. *)

val check :
  Tcp_secret.t ->
  now:int ->
  identity:string ->
  Tcp_segment.t ->
  Tcp_segment.options option
(** What the SYN offered, if this segment acknowledges a cookie of the last
    two minutes. *)
