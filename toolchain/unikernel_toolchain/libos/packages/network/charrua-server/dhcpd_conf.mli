(** The part of dhcpd.conf(5) that a server of one network needs. *)

type times = { default : int option; longest : int option }  (** of leases, in seconds *)

type host = {
  name : string;
  hardware : Macaddr.t option;
  fixed_address : Ipaddr.V4.t option;
  options : Dhcp_wire.dhcp_option list;
}

type subnet = {
  network : Ipaddr.V4.Prefix.t;
  range : (Ipaddr.V4.t * Ipaddr.V4.t) option;
  options : Dhcp_wire.dhcp_option list;
  hosts : host list;
  times : times;
}

type t = {
  subnets : subnet list;
  options : Dhcp_wire.dhcp_option list;
  hosts : host list;
  times : times;
}

val parse : string -> t
(** Understands [subnet], [host], [range], [hardware], [fixed-address],
    [option], [default-lease-time] and [max-lease-time]; passes over
    [authoritative] and what is said of name servers' updates and of logs, as
    neither is done here.
    @raise Failure for anything else, with the line. *)
