(** IPv4 stacks. Those over sockets are served by the direct stack, on the target unix as in
    MirageOS 3.9: a sandboxed process opens no sockets. *)

open Functoria
open Mirage_impl_time
open Mirage_impl_network
open Mirage_impl_ip
open Mirage_impl_transport

type stackv4

val stackv4 : stackv4 typ

val direct_stackv4 :
  ?clock:mclock impl ->
  ?random:random impl ->
  ?time:time impl ->
  ?group:string ->
  network impl ->
  ethernet impl ->
  arpv4 impl ->
  ipv4 impl ->
  stackv4 impl

val socket_stackv4 : ?group:string -> Ipaddr.V4.t list -> stackv4 impl
(** On {!Mirage_impl_network.default_network}. *)

val socket_udpv4 : ?group:string -> Ipaddr.V4.t option -> udpv4 impl
val socket_tcpv4 : ?group:string -> Ipaddr.V4.t option -> tcpv4 impl

val qubes_ipv4_stack :
  ?group:string ->
  ?qubesdb:qubesdb impl ->
  ?arp:(ethernet impl -> arpv4 impl) ->
  network impl ->
  stackv4 impl

val dhcp_ipv4_stack :
  ?group:string ->
  ?random:random impl ->
  ?time:time impl ->
  ?arp:(ethernet impl -> arpv4 impl) ->
  network impl ->
  stackv4 impl

val static_ipv4_stack :
  ?group:string ->
  ?config:ipv4_config ->
  ?arp:(ethernet impl -> arpv4 impl) ->
  network impl ->
  stackv4 impl

val generic_stackv4 :
  ?group:string ->
  ?config:ipv4_config ->
  ?dhcp_key:bool Functoria.value ->
  ?net_key:[ `Direct | `Socket ] option Functoria.value ->
  network impl ->
  stackv4 impl

val on_socket_stack : (stackv4 impl -> 'a impl) -> 'a typ -> string -> 'a impl
(** [on_socket_stack make typ name] is made on the stack that serves the one over sockets; on
    other targets than unix, it is a device [name] that is not there. *)
