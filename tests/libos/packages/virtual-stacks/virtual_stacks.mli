(** The protocols and the stacks of them, on a segment in memory under virtual
    time. Station [n] has the addresses 10.0.0.n and 2001:db8::n. *)

module Time = Virtual_time.Time
module Clock = Virtual_time.Mclock
module Random = Seeded.Random
module Net = Virtual_net
module Eth : module type of struct include Ethernet.Make (Net) end
module Arp4 : module type of struct include Arp.Make (Eth) (Time) end

module Ip4 : module type of struct
  include Static_ipv4.Make (Random) (Clock) (Eth) (Arp4)
end

module Icmp4 : module type of struct include Icmpv4.Make (Ip4) end
module Udp4 : module type of struct include Udp.Make (Ip4) (Random) end

module Tcp4 : module type of struct
  include Tcp.Flow.Make (Ip4) (Time) (Clock) (Random)
end

module Stack4 : module type of struct
  include
    Tcpip_stack_direct.Make (Time) (Random) (Net) (Eth) (Arp4) (Ip4) (Icmp4) (Udp4) (Tcp4)
end

module Ip6 : module type of struct include Ipv6.Make (Eth) (Random) (Time) (Clock) end
module Udp6 : module type of struct include Udp.Make (Ip6) (Random) end

module Tcp6 : module type of struct
  include Tcp.Flow.Make (Ip6) (Time) (Clock) (Random)
end

module Stack6 : module type of struct
  include Tcpip_stack_direct.MakeV6 (Time) (Random) (Net) (Eth) (Ip6) (Udp6) (Tcp6)
end

module Ip46 : module type of struct include Tcpip_stack_direct.IPV4V6 (Ip4) (Ip6) end
module Udp46 : module type of struct include Udp.Make (Ip46) (Random) end

module Tcp46 : module type of struct
  include Tcp.Flow.Make (Ip46) (Time) (Clock) (Random)
end

module Stack46 : module type of struct
  include
    Tcpip_stack_direct.MakeV4V6 (Time) (Random) (Net) (Eth) (Arp4) (Ip46) (Icmp4) (Udp46)
      (Tcp46)
end

val mac : int -> Macaddr.t
val address4 : int -> Ipaddr.V4.t
val address6 : int -> Ipaddr.V6.t

val v4 : int -> Ipaddr.t
val v6 : int -> Ipaddr.t

val link :
  ?capabilities:Mirage_net_headroom.capabilities ->
  Net.segment ->
  int ->
  (Net.t * Eth.t) Lwt.t

val ip4 : Eth.t -> int -> (Arp4.t * Ip4.t) Lwt.t
val ip6 : Eth.t -> int -> Ip6.t Lwt.t

val stack4 :
  ?capabilities:Mirage_net_headroom.capabilities -> Net.segment -> int -> Stack4.t Lwt.t

val stack6 :
  ?capabilities:Mirage_net_headroom.capabilities -> Net.segment -> int -> Stack6.t Lwt.t

val stack46 :
  ?capabilities:Mirage_net_headroom.capabilities ->
  ?ipv4_only:bool ->
  ?ipv6_only:bool ->
  Net.segment ->
  int ->
  Stack46.t Lwt.t
(** Both families, unless one is told alone. *)
