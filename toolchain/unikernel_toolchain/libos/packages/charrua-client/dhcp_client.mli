(** What a DHCP client says to what it hears (RFC 2131, section 4.4). It has
    no notion of time: see {!Dhcp_schedule}. *)

type t

val pp : Format.formatter -> t -> unit

val default_requests : Dhcp_option_code.option_code list

val create :
  ?requests:Dhcp_option_code.option_code list -> Cstruct.uint32 -> Macaddr.t -> t * Dhcp_message.pkt
(** [create xid mac]: the state and the first packet, a DISCOVER. *)

val input :
  t ->
  Cstruct.t ->
  [ `Response of t * Dhcp_message.pkt | `New_lease of t * Dhcp_message.pkt | `Noop ]
(** An Ethernet frame. A refused request begins anew with a DISCOVER. *)

val lease : t -> Dhcp_message.pkt option
(** The ACK of the lease held. *)

val renew : t -> [ `Response of t * Dhcp_message.pkt | `Noop ]
(** Asks the server of the lease to extend it; [`Noop] without a lease. *)

val rebind : t -> [ `Response of t * Dhcp_message.pkt | `Noop ]
(** Asks any server to extend the lease. *)

val restart : t -> t * Dhcp_message.pkt
(** Forgets offer and lease. *)

val is_bound : t -> bool
(** Whether nothing is being asked for. *)
