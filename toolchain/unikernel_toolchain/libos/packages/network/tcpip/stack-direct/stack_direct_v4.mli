(** The IPv4 stack: {!Tcpip_stack_direct.Make}, alone so that a program is linked
    with no other. *)

type input = src:Ipaddr.V4.t -> dst:Ipaddr.V4.t -> Cstruct.t -> unit Lwt.t

module type UDP =
  Mirage_protocols.UDP with type ipaddr = Ipaddr.V4.t and type ipinput = input

module type TCP =
  Mirage_protocols.TCP with type ipaddr = Ipaddr.V4.t and type ipinput = input

module Make
    (_ : Mirage_time.S)
    (_ : Mirage_random.S)
    (Netif : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arpv4 : Mirage_protocols.ARP)
    (Ipv4 : Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t)
    (Icmpv4 : Mirage_protocols.ICMP with type ipaddr = Ipaddr.V4.t)
    (Udpv4 : UDP)
    (Tcpv4 : TCP) : sig
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
