(** What an answer of a DHCP server is worth (RFC 2131, sections 3.1 and 4.4.1;
    RFC 2132). *)

open Dhcp_message

val server : pkt -> Ipaddr.V4.t option
val seconds : pkt -> int32 option

val is_host : Ipaddr.V4.t -> bool
(** Whether a host can have this address: it is not in 0.0.0.0/8 or 127.0.0.0/8,
    no group's and no broadcast. *)

val network : pkt -> Ipaddr.V4.Prefix.t option
(** By the subnet mask, when that is there and contiguous. *)

val usable : pkt -> bool
(** Whether it names its server, and another host than that can have the address
    for some time. *)

val has_time_left : pkt -> bool
(** Whether its lease, if it names one, is longer than nothing. *)

val clean : pkt -> pkt
(** Without the options that make no sense: a mask that is not contiguous,
    routers and name servers that no host can be, malformed routes. *)

val extend : earlier:pkt -> pkt -> pkt
(** The lease that an ACK makes of an earlier one of the same address: what the
    ACK does not say, or makes no sense in it, stays as it was. Routes are
    replaced together, and so are the times; a router off the link does not
    replace one on it. *)
