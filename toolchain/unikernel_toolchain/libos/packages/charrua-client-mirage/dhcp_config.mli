(** IPv4 configurations of DHCP leases. *)

val of_lease : Dhcp_message.pkt -> Mirage_protocols.ipv4_config
(** Without a subnet mask the network is the one address. *)
