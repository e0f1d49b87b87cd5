type input =
  src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> Cstruct.t -> unit Lwt.t

module type UDP =
  Mirage_protocols.UDP
    with type ipaddr = Ipaddr.V6.t
     and type ipinput = input

module type TCP =
  Mirage_protocols.TCP
    with type ipaddr = Ipaddr.V6.t
     and type ipinput = input

module Make
    (_ : Mirage_time.S)
    (_ : Mirage_random.S)
    (Netif : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Ipv6 : Mirage_protocols.IP with type ipaddr = Ipaddr.V6.t)
    (Udpv6 : UDP)
    (Tcpv6 : TCP) =
struct
  module UDP = Udpv6
  module TCP = Tcpv6
  module IP = Ipv6
  module Receiver = Stack_receiver.Make (Netif)

  type stack = {
    ethernet : Ethernet.t;
    ip : Ipv6.t;
    udp : Udpv6.t;
    tcp : Tcpv6.t;
    udp_ports : Udpv6.callback Stack_ports.t;
    tcp_ports : Tcpv6.listener Stack_ports.t;
  }

  type t = { stack : stack; receiver : Receiver.t }

  let udp t = t.stack.udp
  let tcp t = t.stack.tcp
  let ip t = t.stack.ip
  let listen_udp t ~port callback = Stack_ports.bind t.stack.udp_ports ~port callback

  let listen_tcp ?keepalive t ~port process =
    Stack_ports.bind t.stack.tcp_ports ~port { Tcpv6.process; keepalive }

  let input s =
    let nothing _ = Lwt.return_unit in
    let listeners port = Stack_ports.find s.tcp_ports port in
    let tcp ~src ~dst packet = Tcpv6.input s.tcp ~listeners ~src ~dst packet in
    let listeners ~dst_port = Stack_ports.find s.udp_ports dst_port in
    let udp ~src ~dst packet = Udpv6.input s.udp ~listeners ~src ~dst packet in
    let default ~proto:_ ~src:_ ~dst:_ _ = Lwt.return_unit in
    let ipv6 packet = Ipv6.input s.ip ~tcp ~udp ~default packet in
    fun frame -> Ethernet.input s.ethernet ~arpv4:nothing ~ipv4:nothing ~ipv6 frame

  let connect netif ethernet ip udp tcp =
    let udp_ports = Stack_ports.create () and tcp_ports = Stack_ports.create () in
    let stack = { ethernet; ip; udp; tcp; udp_ports; tcp_ports } in
    Lwt.return { stack; receiver = Receiver.start netif (input stack) }

  let listen t = Receiver.wait t.receiver

  let disconnect t =
    Receiver.stop t.receiver;
    Lwt.return_unit
end
