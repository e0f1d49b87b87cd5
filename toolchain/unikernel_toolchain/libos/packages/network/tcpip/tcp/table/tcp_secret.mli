(** Numbers that only this host can predict, from a secret and the identity of
    a connection (RFC 6528; RFC 7323 section 7.1; RFC 6056 section 3.3.3). *)

type t

val create : string -> t
(** From at least 16 random bytes. *)

val salt : t -> int

val initial_sequence : t -> now:int -> string -> Tcp_sequence.t
(** Grows by one every 4 us ([now] in ns) for the same identity. *)

val ts_offset : t -> string -> int
(** 0 to 2{^32} - 1. *)

val port_offset : t -> string -> int

val cookie : t -> string -> int
(** 24 bits. *)
