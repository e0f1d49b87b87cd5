(** IPv4, IPv6, and what gives them addresses. *)

open Functoria
open Mirage_impl_time
open Mirage_impl_network

type v4
type v6
type 'a ip
type ipv4 = v4 ip
type ipv6 = v6 ip

val ip : 'a ip typ
val ipv4 : ipv4 typ
val ipv6 : ipv6 typ

type ipv4_config = { network : Ipaddr.V4.Prefix.t; gateway : Ipaddr.V4.t option }

type ipv6_config = {
  addresses : Ipaddr.V6.t list;
  netmasks : Ipaddr.V6.Prefix.t list;
  gateways : Ipaddr.V6.t list;
}

val create_ipv4 :
  ?group:string ->
  ?config:ipv4_config ->
  ?random:random impl ->
  ?clock:mclock impl ->
  ethernet impl ->
  arpv4 impl ->
  ipv4 impl
(** The address is the first of these: the boot key's, the key's when configuring, the one that
    the host tells of the network, [config]'s. *)

val create_ipv6 :
  ?random:random impl ->
  ?time:time impl ->
  ?clock:mclock impl ->
  ?group:string ->
  ethernet impl ->
  ipv6_config ->
  ipv6 impl

val dhcp_ipv4 :
  random:random impl ->
  time:time impl ->
  clock:mclock impl ->
  network impl ->
  ethernet impl ->
  arpv4 impl ->
  ipv4 impl
(** With the address that a DHCP server gives. *)

type qubesdb

val qubesdb : qubesdb typ
val default_qubesdb : qubesdb impl

val ipv4_qubes :
  ?random:random impl ->
  ?clock:mclock impl ->
  qubesdb impl ->
  ethernet impl ->
  arpv4 impl ->
  ipv4 impl
