(* The wiring that a configuration would generate, for programs that have none: every
   functor applied to the drivers of a unikernel. *)

open Lwt.Infix
module Link = Ethernet.Make (Netif)
module Neighbours = Arp.Make (Link) (Os_time)

module Ip =
  Network_ipv4.Make (Random_unikernel) (Os_time) (Netif) (Mclock) (Link) (Neighbours)

module Icmp = Icmpv4.Make (Ip)
module Udp = Udp.Make (Ip) (Random_unikernel)
module Tcp = Tcp.Flow.Make (Ip) (Os_time) (Mclock) (Random_unikernel)

module Direct =
  Stack_direct_v4.Make (Os_time) (Random_unikernel) (Netif) (Link) (Neighbours) (Ip)
    (Icmp)
    (Udp)
    (Tcp)

include (Direct : Mirage_stack.V4 with type t = Direct.t)

let connect keys netif =
  Link.connect netif >>= fun link ->
  Neighbours.connect link >>= fun neighbours ->
  Ip.connect keys netif link neighbours >>= fun ip ->
  Icmp.connect ip >>= fun icmp ->
  Udp.connect ip >>= fun udp ->
  Tcp.connect_with (Tcp_keys.limits ()) ip >>= fun tcp -> Direct.connect netif link neighbours ip icmp udp tcp
