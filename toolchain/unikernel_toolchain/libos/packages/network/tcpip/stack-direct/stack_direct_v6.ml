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
    (Time : Mirage_time.S)
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
  module Rate_limit = Stack_rate_limit.Make (Time)

  type stack = {
    ethernet : Ethernet.t;
    ip : Ipv6.t;
    udp : Udpv6.t;
    tcp : Tcpv6.t;
    udp_ports : Udpv6.callback Stack_ports.t;
    tcp_ports : Tcpv6.listener Stack_ports.t;
    errors : Rate_limit.t;
  }

  type t = { stack : stack; receiver : Receiver.t }

  let udp t = t.stack.udp
  let tcp t = t.stack.tcp
  let ip t = t.stack.ip
  let listen_udp t ~port callback = Stack_ports.bind t.stack.udp_ports ~port callback

  let listen_tcp ?keepalive t ~port process =
    Stack_ports.bind t.stack.tcp_ports ~port { Tcpv6.process; keepalive }

  let is_unicast_to_us s dst =
    List.exists (fun ip -> Ipaddr.V6.compare ip dst = 0) (Ipv6.get_ip s.ip)

  let udp_number = Ipv6_layout.protocol_to_int `UDP
  let icmp_number = Ipv6_layout.protocol_to_int `ICMP

  (* Never of what came to a group, nor to a source that may be one (RFC 4443,
     section 2.4, e): else one packet would have a whole link answer. The budget
     keeps a flood from becoming another. *)
  let send_unreachable s message ~proto ~src ~dst packet =
    if is_unicast_to_us s dst && Icmpv6_error.may_receive_errors src && Rate_limit.take s.errors then
      let message = message ~src ~dst ~proto packet in
      Lwt.map ignore (Ipv6.write s.ip ~src:dst src `ICMP (fun _ -> 0) message)
    else Lwt.return_unit

  let udp_input s ~src ~dst packet =
    let listeners ~dst_port = Stack_ports.find s.udp_ports dst_port in
    match Udp_packet.Unmarshal.of_cstruct packet with
    | Ok (header, _) when Option.is_none (Stack_ports.find s.udp_ports header.dst_port) ->
        send_unreachable s Icmpv6_error.port_unreachable ~proto:udp_number ~src ~dst packet
    | _ -> Udpv6.input s.udp ~listeners ~src ~dst packet

  (* IP has answered what of ICMP asks for an answer. *)
  let default s ~proto ~src ~dst packet =
    if proto = icmp_number then Lwt.return_unit
    else send_unreachable s Icmpv6_error.unknown_protocol ~proto ~src ~dst packet

  let input s =
    let nothing _ = Lwt.return_unit in
    let listeners port = Stack_ports.find s.tcp_ports port in
    let tcp ~src ~dst packet = Tcpv6.input s.tcp ~listeners ~src ~dst packet in
    let udp ~src ~dst packet = udp_input s ~src ~dst packet in
    let default ~proto ~src ~dst packet = default s ~proto ~src ~dst packet in
    let ipv6 packet = Ipv6.input s.ip ~tcp ~udp ~default packet in
    fun frame -> Ethernet.input s.ethernet ~arpv4:nothing ~ipv4:nothing ~ipv6 frame

  let connect netif ethernet ip udp tcp =
    let udp_ports = Stack_ports.create () and tcp_ports = Stack_ports.create () in
    let errors = Rate_limit.create ~per_second:Stack_rate_limit.errors_per_second in
    let stack = { ethernet; ip; udp; tcp; udp_ports; tcp_ports; errors } in
    Lwt.return { stack; receiver = Receiver.start netif (input stack) }

  let listen t = Receiver.wait t.receiver

  let disconnect t =
    Receiver.stop t.receiver;
    Lwt.return_unit
end
