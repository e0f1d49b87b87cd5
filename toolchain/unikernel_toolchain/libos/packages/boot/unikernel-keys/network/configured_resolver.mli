(** The DNS server in a program that config.ml makes, with the precedence of
    {!Configured_ipv4}. *)

val v : Ipaddr.V4.t Configured_ipv4.choice -> Ipaddr.V4.t option
(** [None] where the network tells of servers, or may come to by DHCP: the resolver then asks
    those, and MirageOS 3.9's where there is none. *)
