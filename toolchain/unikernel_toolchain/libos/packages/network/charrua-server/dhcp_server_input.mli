(** What a DHCP server does with a packet (RFC 2131, section 4.3). *)

(** The names of MirageOS 3.9. *)
type result =
  | Silence  (** nothing is to be done: the packet is not for this server *)
  | Update of Dhcp_server_lease.database  (** to be kept from now on *)
  | Reply of Dhcp_wire.pkt * Dhcp_server_lease.database
  (** to be sent, and to be kept from now on *)
  | Warning of string  (** why a packet got no answer: a client does something wrong *)
  | Error of string  (** why a packet got no answer: this server should be looked after *)

val for_us : Dhcp_server_config.t -> Dhcp_wire.pkt -> bool
(** Whether the frame and the datagram are sent to this server or to all. *)

val input_pkt :
  Dhcp_server_config.t -> Dhcp_server_lease.database -> Dhcp_wire.pkt -> int32 -> result
(** The last argument is the time, in seconds of the clock of the leases. The
    database holds no more leases, and no more offers, than a 64th of the memory
    has room for; after that new clients get an [Error].

    An address that a client declines is nobody's for the default lease time, or
    ten minutes if that is longer. *)

val collect_replies_test :
  Dhcp_server_config.t ->
  Macaddr.t ->
  Dhcp_wire.option_code list ->
  Dhcp_wire.dhcp_option list
(** What a client with this address is told when it asks for these options. *)
