(** Classless static routes: option 121 (RFC 3442). *)

type route = Ipaddr.V4.Prefix.t * Ipaddr.V4.t option
(** Destination and router; without a router the destination is on the link. *)

val parse : string -> route list option
(** The routes in an option's value; [None] when it is malformed or empty. *)

val of_options : Dhcp_option.dhcp_option list -> route list option
(** Those of option 121, or of 249, which is what some servers call it. [None]
    when neither is there and well formed. Where they are, the routers of option
    3 do not count. *)
