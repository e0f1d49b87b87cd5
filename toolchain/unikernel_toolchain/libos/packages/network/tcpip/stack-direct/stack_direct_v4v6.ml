type input = src:Ipaddr.t -> dst:Ipaddr.t -> Cstruct.t -> unit Lwt.t

module type UDP =
  Mirage_protocols.UDP with type ipaddr = Ipaddr.t and type ipinput = input

module type TCP =
  Mirage_protocols.TCP with type ipaddr = Ipaddr.t and type ipinput = input

module Make
    (Time : Mirage_time.S)
    (_ : Mirage_random.S)
    (Netif : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arpv4 : Mirage_protocols.ARP)
    (Ip : Mirage_protocols.IP with type ipaddr = Ipaddr.t)
    (Icmpv4 : Mirage_protocols.ICMP with type ipaddr = Ipaddr.V4.t)
    (Udp : UDP)
    (Tcp : TCP) =
struct
  module UDP = Udp
  module TCP = Tcp
  module IP = Ip
  module Receiver = Stack_receiver.Make (Netif)
  module Rate_limit = Stack_rate_limit.Make (Time)

  type stack = {
    ethernet : Ethernet.t;
    arp : Arpv4.t;
    ip : Ip.t;
    icmp : Icmpv4.t;
    udp : Udp.t;
    tcp : Tcp.t;
    udp_ports : Udp.callback Stack_ports.t;
    tcp_ports : Tcp.listener Stack_ports.t;
    errors : Rate_limit.t;
  }

  type t = { stack : stack; receiver : Receiver.t }

  let udp t = t.stack.udp
  let tcp t = t.stack.tcp
  let ip t = t.stack.ip
  let listen_udp t ~port callback = Stack_ports.bind t.stack.udp_ports ~port callback

  let listen_tcp ?keepalive t ~port process =
    Stack_ports.bind t.stack.tcp_ports ~port { Tcp.process; keepalive }

  (* {2 Refusals} *)

  let is_unicast_to_us s dst = List.exists (fun ip -> Ipaddr.compare ip dst = 0) (Ip.get_ip s.ip)

  let send_unreachable_v4 s reason ~proto ~src ~dst payload =
    if Icmpv4_message.may_receive_errors src then
      let message = Icmpv4_message.unreachable reason ~src ~dst ~proto payload in
      Lwt.map ignore (Icmpv4.write s.icmp ~dst:src message)
    else Lwt.return_unit

  let send_unreachable_v6 s message ~proto ~src ~dst payload =
    if Icmpv6_error.may_receive_errors src then
      let message = message ~src ~dst ~proto payload in
      Lwt.map ignore (Ip.write s.ip ~src:(V6 dst) (V6 src) `ICMP (fun _ -> 0) message)
    else Lwt.return_unit

  let udp_number = Ipv4_packet.Marshal.protocol_to_int `UDP
  let icmp_number = Ipv4_packet.Marshal.protocol_to_int `ICMP
  let icmp6_number = Ipv6_layout.protocol_to_int `ICMP

  let send_port_unreachable s ~src ~dst packet =
    match ((src : Ipaddr.t), (dst : Ipaddr.t)) with
    | _ when not (is_unicast_to_us s dst && Rate_limit.take s.errors) -> Lwt.return_unit
    | V4 src, V4 dst -> send_unreachable_v4 s Port_unreachable ~proto:udp_number ~src ~dst packet
    | V6 src, V6 dst ->
        send_unreachable_v6 s Icmpv6_error.port_unreachable ~proto:udp_number ~src ~dst packet
    | (V4 _ | V6 _), (V4 _ | V6 _) -> Lwt.return_unit

  (* {2 Receiving} *)

  let udp_input s ~src ~dst packet =
    let listeners ~dst_port = Stack_ports.find s.udp_ports dst_port in
    match Udp_packet.Unmarshal.of_cstruct packet with
    | Ok (header, _) when Option.is_none (Stack_ports.find s.udp_ports header.dst_port) ->
        send_port_unreachable s ~src ~dst packet
    | _ -> Udp.input s.udp ~listeners ~src ~dst packet

  (* IPv6 has answered what of ICMP asks for an answer. *)
  let default s ~proto ~src ~dst packet =
    match ((src : Ipaddr.t), (dst : Ipaddr.t)) with
    | V4 src, V4 dst when proto = icmp_number -> Icmpv4.input s.icmp ~src ~dst packet
    | V4 from, V4 to_ when is_unicast_to_us s dst && Rate_limit.take s.errors ->
        send_unreachable_v4 s Protocol_unreachable ~proto ~src:from ~dst:to_ packet
    | V6 _, V6 _ when proto = icmp6_number -> Lwt.return_unit
    | V6 from, V6 to_ when is_unicast_to_us s dst && Rate_limit.take s.errors ->
        send_unreachable_v6 s Icmpv6_error.unknown_protocol ~proto ~src:from ~dst:to_ packet
    | (V4 _ | V6 _), (V4 _ | V6 _) -> Lwt.return_unit

  (* All arguments at once, here and below: given one by one, each makes a closure. *)
  let input s =
    let listeners port = Stack_ports.find s.tcp_ports port in
    let tcp ~src ~dst packet = Tcp.input s.tcp ~listeners ~src ~dst packet in
    let udp ~src ~dst packet = udp_input s ~src ~dst packet in
    let default ~proto ~src ~dst packet = default s ~proto ~src ~dst packet in
    let arpv4 packet = Arpv4.input s.arp packet in
    let ip packet = Ip.input s.ip ~tcp ~udp ~default packet in
    fun frame -> Ethernet.input s.ethernet ~arpv4 ~ipv4:ip ~ipv6:ip frame

  (* {2 Life} *)

  let connect netif ethernet arp ip icmp udp tcp =
    let udp_ports = Stack_ports.create () and tcp_ports = Stack_ports.create () in
    let errors = Rate_limit.create ~per_second:Stack_rate_limit.errors_per_second in
    let stack = { ethernet; arp; ip; icmp; udp; tcp; udp_ports; tcp_ports; errors } in
    Lwt.return { stack; receiver = Receiver.start netif (input stack) }

  let listen t = Receiver.wait t.receiver

  let disconnect t =
    Receiver.stop t.receiver;
    Lwt.return_unit
end
