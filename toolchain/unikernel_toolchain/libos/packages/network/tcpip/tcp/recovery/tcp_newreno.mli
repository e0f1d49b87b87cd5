(** Congestion avoidance of RFC 5681, counting bytes (RFC 3465). *)

val create : mss:int -> Tcp_algorithm.t
