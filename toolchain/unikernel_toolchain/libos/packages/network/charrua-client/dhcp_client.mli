(** What a DHCP client says to what it hears (RFC 2131, section 4.4). It has
    no notion of time: see {!Dhcp_schedule}. *)

type t

val pp : Format.formatter -> t -> unit

val default_requests : Dhcp_option_code.option_code list

val create :
  ?requests:Dhcp_option_code.option_code list -> Cstruct.uint32 -> Macaddr.t -> t * Dhcp_message.pkt
(** [create xid mac]: the state and the first packet, a DISCOVER. *)

val input :
  ?rebinding:bool ->
  t ->
  Cstruct.t ->
  [ `Response of t * Dhcp_message.pkt | `New_lease of t * Dhcp_message.pkt | `Noop ]
(** An Ethernet frame. A refused request begins anew with a DISCOVER, which is
    not to be sent at once (section 4.1). The packet of a lease is what
    {!Dhcp_lease} makes of the ACK. An extension is granted only for the same
    address; while not [rebinding] (default false) it is refused only in the name
    of the lease's server. *)

val lease : t -> Dhcp_message.pkt option
(** The ACK of the lease held. *)

val renew : t -> [ `Response of t * Dhcp_message.pkt | `Noop ]
(** Asks the server of the lease to extend it; [`Noop] without a lease. *)

val rebind : t -> [ `Response of t * Dhcp_message.pkt | `Noop ]
(** Asks any server to extend the lease. *)

val restart : ?xid:Cstruct.uint32 -> t -> t * Dhcp_message.pkt
(** Forgets offer and lease. *)

val decline : t -> Dhcp_message.pkt option
(** Says that the address of the lease is in use; [None] without a lease. *)

val offered : t -> Ipaddr.V4.t option
(** The address that is being requested. *)
