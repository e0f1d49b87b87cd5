(** What one stream carried. *)

type t = private {
  id : int;
  sends : bool;  (** this end sends on it *)
  mutable bytes : int;
  mutable errors : int;  (** datagrams lost so far; one that comes late is none *)
  mutable highest : int;  (** number of the latest datagram, from 1 *)
  mutable left_out : int;  (** number of the last one that does not count *)
  mutable jitter_s : float;
  mutable transit_s : float;
}

val create : id:int -> sends:bool -> t
val add : t -> bytes:int -> unit

val header_size : wide:bool -> int
(** Bytes at the beginning of a datagram: when it was sent, and its number. *)

val write_header : t -> wide:bool -> now_ns:int64 -> Cstruct.t -> unit
(** Numbers the datagram, too. *)

val add_datagram : t -> wide:bool -> now_ns:int64 -> Cstruct.t -> unit
(** Counts a datagram received: bytes, losses, jitter (RFC 3550, 6.4.1). One
    that is too short for its header counts its bytes only. *)

val reset : t -> unit
(** Begins anew: what came before is left out. Datagrams keep their numbers. *)

val result : t -> duration_s:float -> Iperf3_protocol.stream_result
