(** The stack of both families: {!Tcpip_stack_direct.MakeV4V6}, alone so that a
    program is linked with no other. *)

type input = src:Ipaddr.t -> dst:Ipaddr.t -> Cstruct.t -> unit Lwt.t

module type UDP =
  Mirage_protocols.UDP with type ipaddr = Ipaddr.t and type ipinput = input

module type TCP =
  Mirage_protocols.TCP with type ipaddr = Ipaddr.t and type ipinput = input

module Make
    (_ : Mirage_time.S)
    (_ : Mirage_random.S)
    (Netif : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arpv4 : Mirage_protocols.ARP)
    (Ip : Mirage_protocols.IP with type ipaddr = Ipaddr.t)
    (Icmpv4 : Mirage_protocols.ICMP with type ipaddr = Ipaddr.V4.t)
    (Udp : UDP)
    (Tcp : TCP) : sig
  include Mirage_stack.V4V6 with module IP = Ip and module TCP = Tcp and module UDP = Udp

  val connect :
    Netif.t -> Ethernet.t -> Arpv4.t -> Ip.t -> Icmpv4.t -> Udp.t -> Tcp.t -> t Lwt.t
end
