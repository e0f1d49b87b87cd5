(** The stacks: interface, Ethernet, IP, UDP and TCP wired up.

    Both start receiving at once, in the background; [listen] waits for the
    end of that. A UDP packet to a port that nobody listens on is answered
    with ICMP "port unreachable", an unknown protocol with "protocol
    unreachable", each at most {!errors_per_second} times a second. *)

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
