(** IPv4 configurations of DHCP leases. *)

val of_lease : Dhcp_message.pkt -> Mirage_protocols.ipv4_config
(** Without a subnet mask the network is the one address, or by class when there
    is no router either. The gateway is the default route of option 121, or, where
    there is no such option, the first router of option 3 that is on the link, or
    else the first. *)

val routes_of_lease : Dhcp_message.pkt -> Routing.route list
(** The other routes of option 121 (RFC 3442), at most {!max_routes}. *)

val max_routes : int
