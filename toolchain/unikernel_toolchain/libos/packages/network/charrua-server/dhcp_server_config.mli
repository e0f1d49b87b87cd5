(** What a DHCP server gives, and to whom. *)

type host = {
  hostname : string;
  options : Dhcp_wire.dhcp_option list;  (** before those of the server *)
  fixed_addr : Ipaddr.V4.t option;  (** always this one, and nobody else gets it *)
  hw_addr : Macaddr.t;  (** who the host is *)
}

val sexp_of_host : host -> Sexplib0.Sexp.t
val host_of_sexp : Sexplib0.Sexp.t -> host

type t = {
  options : Dhcp_wire.dhcp_option list;  (** what clients are told when they ask *)
  hostname : string;  (** the server's own *)
  default_lease_time : int32;  (** seconds *)
  max_lease_time : int32;  (** seconds, whatever a client asks for *)
  ip_addr : Ipaddr.V4.t;  (** the server's own *)
  mac_addr : Macaddr.t;
  network : Ipaddr.V4.Prefix.t;
  range : (Ipaddr.V4.t * Ipaddr.V4.t) option;
  (** first and last address for clients without a fixed one *)
  hosts : host list;
}

val sexp_of_t : t -> Sexplib0.Sexp.t
val t_of_sexp : Sexplib0.Sexp.t -> t

val make :
  ?hostname:string ->
  ?default_lease_time:int ->
  ?max_lease_time:int ->
  ?hosts:host list ->
  addr_tuple:Ipaddr.V4.t * Macaddr.t ->
  network:Ipaddr.V4.Prefix.t ->
  range:(Ipaddr.V4.t * Ipaddr.V4.t) option ->
  options:Dhcp_wire.dhcp_option list ->
  t
(** Leases last 7200 seconds and at most 86400 by default. The network's mask is
    told without being among the options.
    @raise Invalid_argument when an address of the range, of a host or of the
    server is not in the network, the range ends before it begins, or a time is
    not positive. *)

val parse : string -> Ipaddr.V4.t * Macaddr.t -> t
(** From the text of a dhcpd.conf (its manual page, dhcpd.conf(5)): of the server's own addresses,
    the [subnet] that they lie in, with its [range], [host]s and [option]s,
    those outside of it, and [default-lease-time] and [max-lease-time].
    @raise Failure for what is not understood, with the line.
    @raise Not_found when no subnet is the address's.
    @raise Invalid_argument as {!make}. *)
