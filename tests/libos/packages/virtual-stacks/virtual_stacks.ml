open Lwt.Infix
module Time = Virtual_time.Time
module Clock = Virtual_time.Mclock
module Random = Seeded.Random
module Net = Virtual_net
module Eth = Ethernet.Make (Net)
module Arp4 = Arp.Make (Eth) (Time)
module Ip4 = Static_ipv4.Make (Random) (Clock) (Eth) (Arp4)
module Icmp4 = Icmpv4.Make (Ip4)
module Udp4 = Udp.Make (Ip4) (Random)
module Tcp4 = Tcp.Flow.Make (Ip4) (Time) (Clock) (Random)

module Stack4 =
  Tcpip_stack_direct.Make (Time) (Random) (Net) (Eth) (Arp4) (Ip4) (Icmp4) (Udp4) (Tcp4)

module Ip6 = Ipv6.Make (Eth) (Random) (Time) (Clock)
module Udp6 = Udp.Make (Ip6) (Random)
module Tcp6 = Tcp.Flow.Make (Ip6) (Time) (Clock) (Random)
module Stack6 = Tcpip_stack_direct.MakeV6 (Time) (Random) (Net) (Eth) (Ip6) (Udp6) (Tcp6)

module Ip46 = Tcpip_stack_direct.IPV4V6 (Ip4) (Ip6)
module Udp46 = Udp.Make (Ip46) (Random)
module Tcp46 = Tcp.Flow.Make (Ip46) (Time) (Clock) (Random)

module Stack46 =
  Tcpip_stack_direct.MakeV4V6 (Time) (Random) (Net) (Eth) (Arp4) (Ip46) (Icmp4) (Udp46) (Tcp46)

let mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x00%c" (Char.chr n))
let address4 n = Ipaddr.V4.of_string_exn (Printf.sprintf "10.0.0.%d" n)
let address6 n = Ipaddr.V6.of_string_exn (Printf.sprintf "2001:db8::%d" n)

let v4 n = Ipaddr.V4 (address4 n)
let v6 n = Ipaddr.V6 (address6 n)

let link ?capabilities segment n =
  Net.connect ?capabilities segment (mac n) >>= fun net ->
  Eth.connect net >|= fun eth -> (net, eth)

let ip4 eth n =
  Arp4.connect eth >>= fun arp ->
  Ip4.connect ~cidr:(Ipaddr.V4.Prefix.make 24 (address4 n)) eth arp >|= fun ip -> (arp, ip)

let stack4 ?capabilities segment n =
  link ?capabilities segment n >>= fun (net, eth) ->
  ip4 eth n >>= fun (arp, ip) ->
  Icmp4.connect ip >>= fun icmp ->
  Udp4.connect ip >>= fun udp ->
  Tcp4.connect ip >>= fun tcp -> Stack4.connect net eth arp ip icmp udp tcp

let ip6 eth n =
  let netmask = [ Ipaddr.V6.Prefix.of_string_exn "2001:db8::/64" ] in
  Ip6.connect ~ip:[ address6 n ] ~netmask eth

let stack6 ?capabilities segment n =
  link ?capabilities segment n >>= fun (net, eth) ->
  ip6 eth n >>= fun ip ->
  Udp6.connect ip >>= fun udp ->
  Tcp6.connect ip >>= fun tcp -> Stack6.connect net eth ip udp tcp

let stack46 ?capabilities ?(ipv4_only = false) ?(ipv6_only = false) segment n =
  link ?capabilities segment n >>= fun (net, eth) ->
  ip4 eth n >>= fun (arp, ip4) ->
  ip6 eth n >>= fun ip6 ->
  Ip46.connect ~ipv4_only ~ipv6_only ip4 ip6 >>= fun ip ->
  Icmp4.connect ip4 >>= fun icmp ->
  Udp46.connect ip >>= fun udp ->
  Tcp46.connect_with ~mtu:(Ip46.mtu_to ip) (Tcp_config.of_memory (Memory_size.bytes ())) ip >>= fun tcp ->
  Stack46.connect net eth arp ip icmp udp tcp
