open Functoria
open Mirage_impl_misc
open Mirage_impl_time
open Mirage_impl_ip

(* With what 3.9's stands on besides, which applications name, too. *)
let tcpip sublib = [ package "tcpip" ~sublibs:[ sublib ]; package "randomconv" ]

let connect_on_ip ?(call = "connect") name _ modname = function
  | ip :: _ -> Fmt.str "%s.%s %s" modname call ip
  | [] -> arity name []

type icmpv4 = ICMPV4

let icmpv4 = Type ICMPV4

let icmpv4_device =
  device "icmpv4" (ipv4 @-> icmpv4) ~module_name:"Icmpv4.Make" ~packages:(tcpip "icmpv4")
    ~connect:(connect_on_ip "icmpv4")

let direct_icmpv4 ip = icmpv4_device $ ip

type 'a udp = UDP
type udpv4 = v4 udp
type udpv6 = v6 udp

let udp = Type UDP
let udpv4 : udpv4 typ = udp
let udpv6 : udpv6 typ = udp

(* One device for both families: each application gives a function of its own family. *)
let udp_device () =
  device "udp" (ip @-> random @-> udp) ~module_name:"Udp.Make" ~packages:(tcpip "udp")
    ~connect:(connect_on_ip "udp")

let direct_udp ?(random = default_random) ip = udp_device () $ ip $ random

type 'a tcp = TCP
type tcpv4 = v4 tcp
type tcpv6 = v6 tcp

let tcp = Type TCP
let tcpv4 : tcpv4 typ = tcp
let tcpv6 : tcpv6 typ = tcp

let tcp_device () =
  device "tcp"
    (ip @-> time @-> mclock @-> random @-> tcp)
    ~module_name:"Tcp.Flow.Make"
    ~packages:(package "unikernel-keys" ~sublibs:[ "tcp" ] :: tcpip "tcp")
    ~connect:(connect_on_ip "tcp" ~call:"connect_with (Tcp_keys.limits ())")

let direct_tcp ?(clock = default_monotonic_clock) ?(random = default_random)
    ?(time = default_time) ip =
  tcp_device () $ ip $ time $ clock $ random
