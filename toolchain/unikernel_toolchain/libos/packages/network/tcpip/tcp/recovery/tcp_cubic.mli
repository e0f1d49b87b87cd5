(** CUBIC (RFC 9438): the window grows with the cube of the time since the
    last loss, never slower than Reno would. *)

val create : mss:int -> Tcp_algorithm.t
