(** ICMP, UDP and TCP over an IP of either family. *)

open Functoria
open Mirage_impl_time
open Mirage_impl_ip

type icmpv4

val icmpv4 : icmpv4 typ
val direct_icmpv4 : ipv4 impl -> icmpv4 impl

type 'a udp
type udpv4 = v4 udp
type udpv6 = v6 udp

val udp : 'a udp typ
val udpv4 : udpv4 typ
val udpv6 : udpv6 typ
val direct_udp : ?random:random impl -> 'a ip impl -> 'a udp impl

type 'a tcp
type tcpv4 = v4 tcp
type tcpv6 = v6 tcp

val tcp : 'a tcp typ
val tcpv4 : tcpv4 typ
val tcpv6 : tcpv6 typ

val direct_tcp :
  ?clock:mclock impl -> ?random:random impl -> ?time:time impl -> 'a ip impl -> 'a tcp impl
