type input =
  src:Ipaddr.V4.t -> dst:Ipaddr.V4.t -> Cstruct.t -> unit Lwt.t

module type UDP =
  Mirage_protocols.UDP
  with type ipaddr = Ipaddr.V4.t
   and type ipinput = input

module type TCP =
  Mirage_protocols.TCP
  with type ipaddr = Ipaddr.V4.t
   and type ipinput = input

module Make
    (Time : Mirage_time.S)
    (_ : Mirage_random.S)
    (Netif : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arpv4 : Mirage_protocols.ARP)
    (Ipv4 : Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t)
    (Icmpv4 : Mirage_protocols.ICMP with type ipaddr = Ipaddr.V4.t)
    (Udpv4 : UDP)
    (Tcpv4 : TCP) =
struct
  module UDPV4 = Udpv4
  module TCPV4 = Tcpv4
  module IPV4 = Ipv4
  module Receiver = Stack_receiver.Make (Netif)
  module Rate_limit = Stack_rate_limit.Make (Time)

  type stack = {
    ethernet : Ethernet.t;
    arp : Arpv4.t;
    ip : Ipv4.t;
    icmp : Icmpv4.t;
    udp : Udpv4.t;
    tcp : Tcpv4.t;
    udp_ports : Udpv4.callback Stack_ports.t;
    tcp_ports : Tcpv4.listener Stack_ports.t;
    errors : Rate_limit.t;
  }

  type t = { stack : stack; receiver : Receiver.t }

  let udpv4 t = t.stack.udp
  let tcpv4 t = t.stack.tcp
  let ipv4 t = t.stack.ip
  let listen_udpv4 t ~port callback = Stack_ports.bind t.stack.udp_ports ~port callback

  let listen_tcpv4 ?keepalive t ~port process =
    Stack_ports.bind t.stack.tcp_ports ~port { Tcpv4.process; keepalive }

  let is_unicast_to_us s dst =
    List.exists (fun ip -> Ipaddr.V4.compare ip dst = 0) (Ipv4.get_ip s.ip)

  (* RFC 1122, section 3.2.2: never about what came to many, nor to a source that is not
     one host; and within a rate (RFC 1812, section 4.3.2.8). *)
  let send_unreachable s reason ~proto ~src ~dst payload =
    if is_unicast_to_us s dst && Icmpv4_message.may_receive_errors src && Rate_limit.take s.errors then
      let message = Icmpv4_message.unreachable reason ~src ~dst ~proto payload in
      Lwt.map ignore (Icmpv4.write s.icmp ~dst:src message)
    else Lwt.return_unit

  let icmp_number = Ipv4_packet.Marshal.protocol_to_int `ICMP
  let udp_number = Ipv4_packet.Marshal.protocol_to_int `UDP

  (* The port is looked at before the checksum, which most unwanted packets do not deserve. *)
  let udp s ~src ~dst packet =
    let listeners ~dst_port = Stack_ports.find s.udp_ports dst_port in
    match Udp_packet.Unmarshal.of_cstruct packet with
    | Ok (header, _) when Option.is_none (Stack_ports.find s.udp_ports header.dst_port) ->
        send_unreachable s Port_unreachable ~proto:udp_number ~src ~dst packet
    | _ -> Udpv4.input s.udp ~listeners ~src ~dst packet

  let default s ~proto ~src ~dst packet =
    if proto = icmp_number then Icmpv4.input s.icmp ~src ~dst packet
    else send_unreachable s Protocol_unreachable ~proto ~src ~dst packet

  (* All arguments at once, here and below: given one by one, each makes a closure. *)
  let input s =
    let listeners port = Stack_ports.find s.tcp_ports port in
    let tcp ~src ~dst packet = Tcpv4.input s.tcp ~listeners ~src ~dst packet in
    let udp ~src ~dst packet = udp s ~src ~dst packet in
    let default ~proto ~src ~dst packet = default s ~proto ~src ~dst packet in
    let arpv4 packet = Arpv4.input s.arp packet in
    let ipv4 packet = Ipv4.input s.ip ~tcp ~udp ~default packet in
    let ipv6 _ = Lwt.return_unit in
    fun frame -> Ethernet.input s.ethernet ~arpv4 ~ipv4 ~ipv6 frame

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
