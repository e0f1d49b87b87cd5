(** What is left of a connection in TIME-WAIT: enough to answer its late
    segments (RFC 9293 section 3.6.1) and to let a new one begin early
    (RFC 6191). A reset does not end it (RFC 1337), unless it is a new
    connection's answer to ours: there are peers, QEMU's user network among
    them, whose numbers do not grow as fast as they send. *)

type t

val of_tcb : Tcp_tcb.t -> now:int -> t
val expires_at : t -> int

type outcome =
  | Ignore
  | Answer of Tcp_segment.t
  | Reopen of Tcp_segment.t  (** a new connection, by this SYN of its *)

val input : t -> now:int -> Tcp_segment.t -> payload:int -> outcome
