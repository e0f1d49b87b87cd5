(** Round-trip time and retransmission timeout (RFC 6298), in nanoseconds. *)

type t

val create : Tcp_config.t -> t

val sample : t -> int -> unit
(** Takes one measurement and ends any backing off. *)

val smoothed : t -> int
(** 0 before the first sample. *)

val variation : t -> int
(** How far samples lie from {!smoothed}. *)

val minimum : t -> int
(** The least sample; 0 before the first. *)

val timeout : t -> int
(** What to wait before retransmitting, backing off included. *)

val back_off : t -> unit
(** Doubles {!timeout}, up to its limit (section 5.5). *)
