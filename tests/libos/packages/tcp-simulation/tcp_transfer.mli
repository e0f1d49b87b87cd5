(** Bytes through a pair, checked on arrival. *)

type outcome = {
  seconds : float;  (** virtual, from the SYN to the last byte read *)
  goodput : float;  (** bytes a second, each way *)
}

val both_ways : Tcp_pair.t -> bytes:int -> limit_s:int -> outcome
(** Opens a connection from a to b and sends so many pseudo-random bytes each
    way, then closes.
    @raise Failure when they do not arrive intact, or not in time, or either
    side keeps something. *)

val both_ways_amid : Tcp_pair.t -> bytes:int -> limit_s:int -> outcome
(** [both_ways], while the hosts have other connections. *)

val one_way : Tcp_pair.t -> bytes:int -> limit_s:int -> outcome
(** From a to b alone. *)

val send : Tcp_pair.host -> Tcp_pair.connection -> bytes:int -> unit
(** Writes the test pattern as fast as room appears, then closes. *)

val receive : Tcp_pair.t -> Tcp_pair.host -> Tcp_pair.connection -> int ref
(** Reads and checks the pattern; counts the bytes. *)
