(** The IPv6 stack: {!Tcpip_stack_direct.MakeV6}, alone so that a program is
    linked with no other. *)

type input = src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> Cstruct.t -> unit Lwt.t

module type UDP =
  Mirage_protocols.UDP with type ipaddr = Ipaddr.V6.t and type ipinput = input

module type TCP =
  Mirage_protocols.TCP with type ipaddr = Ipaddr.V6.t and type ipinput = input

module Make
    (_ : Mirage_time.S)
    (_ : Mirage_random.S)
    (Netif : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Ipv6 : Mirage_protocols.IP with type ipaddr = Ipaddr.V6.t)
    (Udpv6 : UDP)
    (Tcpv6 : TCP) : sig
  include
    Mirage_stack.V6
    with module IP = Ipv6
     and module TCP = Tcpv6
     and module UDP = Udpv6

  val connect :
    Netif.t -> Ethernet.t -> Ipv6.t -> Udpv6.t -> Tcpv6.t -> t Lwt.t
end
