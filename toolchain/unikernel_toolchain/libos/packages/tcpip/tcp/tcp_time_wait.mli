(** What is left of a connection in TIME-WAIT: enough to answer its late
    segments (RFC 9293 section 3.6.1) and to let a new one begin early
    (RFC 6191). *)

type t

val of_control : Tcp_control.t -> now:int -> t
val expires_at : t -> int

type verdict =
  | Ignore
  | Answer of Tcp_segment.t
  | Reopen  (** a new connection's SYN *)

val input : t -> now:int -> Tcp_segment.t -> payload:int -> verdict
