(* As {!Stack}, over both families: TCP asks for the MTU of each destination's family. *)

open Lwt.Infix
module Link = Ethernet.Make (Netif)
module Neighbours = Arp.Make (Link) (Os_time)

module Ip =
  Network_ip.Make (Random_unikernel) (Os_time) (Netif) (Mclock) (Link) (Neighbours)

module Icmp = Network_icmpv4.Make (Ip)
module Datagrams = Udp.Make (Ip) (Random_unikernel)
module Streams = Tcp.Flow.Make (Ip) (Os_time) (Mclock) (Random_unikernel)

module Direct =
  Stack_direct_v4v6.Make (Os_time) (Random_unikernel) (Netif) (Link) (Neighbours) (Ip)
    (Icmp)
    (Datagrams)
    (Streams)

include (Direct : Mirage_stack.V4V6 with type t = Direct.t)

let connect keys netif =
  Link.connect netif >>= fun link ->
  Neighbours.connect link >>= fun neighbours ->
  Ip.connect keys netif link neighbours >>= fun ip ->
  Icmp.connect ip >>= fun icmp ->
  Datagrams.connect ip >>= fun udp ->
  Streams.connect_with ~mtu:(Ip.mtu_to ip) (Tcp_keys.limits ()) ip >>= fun tcp ->
  Direct.connect netif link neighbours ip icmp udp tcp
