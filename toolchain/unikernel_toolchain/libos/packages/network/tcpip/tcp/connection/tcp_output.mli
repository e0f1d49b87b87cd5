(** What a connection sends: when (RFC 9293 section 3.8, RFC 1122's Nagle and
    silly window rules, RFC 5681), and how it looks. *)

type emit =
  Tcp_segment.t -> Cstruct.t list -> length:int -> unit_size:int -> unit
(** Takes a segment, its payload as views, the payload's length, and the size
    of the pieces to which the device is to cut it when it is longer. *)

val flush : Tcp_tcb.t -> now:int -> emit -> unit
(** Sends all that may leave now, and arms the retransmission timer. *)

val reset : Tcp_tcb.t -> now:int -> emit -> unit
(** Sends RST. *)
