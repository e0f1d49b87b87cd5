(** The packets that a DHCP server sends (RFC 2131, section 4.3.1, table 3). *)

open Dhcp_wire

val options_for : Dhcp_server_config.t -> Macaddr.t -> option_code list option -> dhcp_option list
(** What a client with this hardware address is told of what it asks for, in
    that order but with the network's mask first (RFC 2132, section 3.3); all
    there is when it does not say. Its host's options go before the server's. *)

val offer : Dhcp_server_config.t -> pkt -> Dhcp_server_lease.t -> now:int32 -> pkt
val ack : Dhcp_server_config.t -> pkt -> Dhcp_server_lease.t -> now:int32 -> pkt

val ack_inform : Dhcp_server_config.t -> pkt -> Ipaddr.V4.t -> pkt
(** To who has this address without a lease: no times. *)

val nak : Dhcp_server_config.t -> pkt -> string -> pkt
(** With the reason. *)
