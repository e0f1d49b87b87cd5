(** The name servers that the networks tell of: DHCP's option 6 (RFC 2132,
    section 3.8) and the RDNSS option of router advertisements (RFC 8106), on
    their way to the resolver's client; and what the host of a virtual machine
    tells it at boot. *)

type source =
  | Key of string
  | Boot of string
  | Dhcp of Macaddr.t
  | Router of Macaddr.t * Ipaddr.V6.t
  (** Who said so: a boot key of a network; whoever booted this host, of one; the interface, and on
      IPv6 the router. *)

val set : source -> (Ipaddr.t * int64 option) list -> unit
(** What this source says now, in its order, in place of what it said before:
    each address with the time at which it ends, in nanoseconds of the
    monotonic clock, or [None]. The empty list takes it all back. *)

val known : now:int64 -> Ipaddr.t list
(** In the order of the sources' first words, each address once, those whose
    time is over left out. At most {!max_known}. *)

val max_known : int
