(** How large packets to each destination may be, for what IPv6 itself
    fragments (RFC 8201). TCP knows the paths of its connections by itself.

    A report is believed when it quotes one of the last large datagrams that
    were sent there. Sizes are bytes of an IP packet, times monotonic
    nanoseconds. *)

type t

val create : bytes:int -> t
(** Remembers as much about destinations as fits so many bytes. *)

val mtu : t -> now:int64 -> link_mtu:int -> Ipaddr.V6.t -> int

val least : int
(** What every path takes. *)

val sent : t -> Ipaddr.V6.t -> proto:int -> length:int -> Cstruct.t -> unit
(** A packet leaves whose payload, of so many bytes, begins here; only large
    ones of UDP count. *)

val report : t -> now:int64 -> link_mtu:int -> Ip_errors.t -> unit
