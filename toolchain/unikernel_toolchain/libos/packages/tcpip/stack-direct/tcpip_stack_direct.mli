(** The stacks: interface, Ethernet, IP, UDP and TCP wired up.

    All start receiving at once, in the background; [listen] waits for the
    end of that. A UDP packet to a port that nobody listens on is answered
    with ICMP "port unreachable", an unknown protocol over IPv4 with "protocol
    unreachable", all together at most {!errors_per_second} times a second. *)

val errors_per_second : int

type direct_ipv4_input =
  src:Ipaddr.V4.t -> dst:Ipaddr.V4.t -> Cstruct.t -> unit Lwt.t

module type UDPV4_DIRECT =
  Mirage_protocols.UDP
    with type ipaddr = Ipaddr.V4.t
     and type ipinput = direct_ipv4_input

module type TCPV4_DIRECT =
  Mirage_protocols.TCP
    with type ipaddr = Ipaddr.V4.t
     and type ipinput = direct_ipv4_input

module Make
    (_ : Mirage_time.S)
    (_ : Mirage_random.S)
    (Netif : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arpv4 : Mirage_protocols.ARP)
    (Ipv4 : Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t)
    (Icmpv4 : Mirage_protocols.ICMP with type ipaddr = Ipaddr.V4.t)
    (Udpv4 : UDPV4_DIRECT)
    (Tcpv4 : TCPV4_DIRECT) : sig
  include
    Mirage_stack.V4
      with module IPV4 = Ipv4
       and module TCPV4 = Tcpv4
       and module UDPV4 = Udpv4

  val connect :
    Netif.t ->
    Ethernet.t ->
    Arpv4.t ->
    Ipv4.t ->
    Icmpv4.t ->
    Udpv4.t ->
    Tcpv4.t ->
    t Lwt.t
end

type direct_ipv6_input =
  src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> Cstruct.t -> unit Lwt.t

module type UDPV6_DIRECT =
  Mirage_protocols.UDP
    with type ipaddr = Ipaddr.V6.t
     and type ipinput = direct_ipv6_input

module type TCPV6_DIRECT =
  Mirage_protocols.TCP
    with type ipaddr = Ipaddr.V6.t
     and type ipinput = direct_ipv6_input

module MakeV6
    (_ : Mirage_time.S)
    (_ : Mirage_random.S)
    (Netif : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Ipv6 : Mirage_protocols.IP with type ipaddr = Ipaddr.V6.t)
    (Udpv6 : UDPV6_DIRECT)
    (Tcpv6 : TCPV6_DIRECT) : sig
  include
    Mirage_stack.V6
      with module IP = Ipv6
       and module TCP = Tcpv6
       and module UDP = Udpv6

  val connect :
    Netif.t -> Ethernet.t -> Ipv6.t -> Udpv6.t -> Tcpv6.t -> t Lwt.t
end

(** IPv4 and IPv6 as one IP, under the names of tcpip 6.0: a packet goes by the
    family of its destination. *)
module IPV4V6
    (Ipv4 : Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t)
    (Ipv6 : Mirage_protocols.IP with type ipaddr = Ipaddr.V6.t) : sig
  include Mirage_protocols.IP with type ipaddr = Ipaddr.t

  val connect : ipv4_only:bool -> ipv6_only:bool -> Ipv4.t -> Ipv6.t -> t Lwt.t

  val mtu_to : t -> Ipaddr.t -> int
  (** Bytes of payload of one packet to this destination; [mtu] is what all of
      them take. For {!Tcp.Flow.Make.connect_over}. *)
end

type direct_ipv4v6_input =
  src:Ipaddr.t -> dst:Ipaddr.t -> Cstruct.t -> unit Lwt.t

module type UDPV4V6_DIRECT =
  Mirage_protocols.UDP
    with type ipaddr = Ipaddr.t
     and type ipinput = direct_ipv4v6_input

module type TCPV4V6_DIRECT =
  Mirage_protocols.TCP
    with type ipaddr = Ipaddr.t
     and type ipinput = direct_ipv4v6_input

(** One stack for both: a port's listener serves either family. *)
module MakeV4V6
    (_ : Mirage_time.S)
    (_ : Mirage_random.S)
    (Netif : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arpv4 : Mirage_protocols.ARP)
    (Ip : Mirage_protocols.IP with type ipaddr = Ipaddr.t)
    (Icmpv4 : Mirage_protocols.ICMP with type ipaddr = Ipaddr.V4.t)
    (Udp : UDPV4V6_DIRECT)
    (Tcp : TCPV4V6_DIRECT) : sig
  include
    Mirage_stack.V4V6
      with module IP = Ip
       and module TCP = Tcp
       and module UDP = Udp

  val connect :
    Netif.t ->
    Ethernet.t ->
    Arpv4.t ->
    Ip.t ->
    Icmpv4.t ->
    Udp.t ->
    Tcp.t ->
    t Lwt.t
end
