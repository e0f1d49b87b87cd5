(** Addresses that a host can have: those of one host, and of others' sight
    (RFC 1122, section 3.2.1.3; RFC 4291, sections 2.5.2, 2.5.3, 2.6.1 and 2.7). *)

val why_not : Ipaddr.t -> string option
(** Why no host elsewhere has this address, as a sentence. *)

val why_not_in_v4 : Ipaddr.V4.Prefix.t -> string option
(** The same of an address with its network, whose own and whose broadcast
    address it must not be; networks of two addresses have neither (RFC 3021). *)

val why_not_in_v6 : Ipaddr.V6.Prefix.t -> string option
(** A network's first address is any of its routers; networks of two addresses
    have none for that (RFC 6164). *)
