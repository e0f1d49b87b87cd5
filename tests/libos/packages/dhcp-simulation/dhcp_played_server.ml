open Lwt.Infix
open Dhcp_wire

type t = {
  net : Virtual_net.t;
  mutable offered : Ipaddr.V4.t;
  mutable lease_s : int32;
  mutable extra : dhcp_option list;
  mutable reply : t -> pkt -> msgtype -> Cstruct.t list;
  mutable heard : (int64 * pkt * msgtype) list;
}

let ip = Ipaddr.V4.of_string_exn "10.9.0.1"
let mac = Macaddr.of_string_exn "02:00:00:00:00:fe"
let usual = [ Subnet_mask (Ipaddr.V4.of_string_exn "255.255.255.0"); Routers [ ip ] ]

let answer s (request : pkt) msgtype =
  let broadcast = request.flags = Broadcast in
  {
    request with
    srcmac = mac;
    dstmac = (if broadcast then Macaddr.broadcast else request.srcmac);
    srcip = ip;
    dstip = (if broadcast then Ipaddr.V4.broadcast else request.ciaddr);
    srcport = server_port;
    dstport = client_port;
    op = BOOTREPLY;
    yiaddr = (if msgtype = DHCPNAK then Ipaddr.V4.any else s.offered);
    options =
      (Message_type msgtype :: Server_identifier ip
       :: (if msgtype = DHCPNAK then [] else Ip_lease_time s.lease_s :: s.extra));
  }

let good s request = function
  | DHCPDISCOVER -> [ buf_of_pkt (answer s request DHCPOFFER) ]
  | DHCPREQUEST -> [ buf_of_pkt (answer s request DHCPACK) ]
  | _ -> []

let serve s frame =
  match pkt_of_buf frame (Cstruct.length frame) with
  | Ok ({ op = BOOTREQUEST; _ } as request) ->
      let msgtype = Option.get (find_message_type request.options) in
      s.heard <- (Virtual_time.now_ns (), request, msgtype) :: s.heard;
      List.iter (Virtual_net.inject s.net) (s.reply s request msgtype);
      Lwt.return_unit
  | Ok _ | Error _ -> Lwt.return_unit

let start segment =
  Virtual_net.connect segment mac >|= fun net ->
  let offered = Ipaddr.V4.of_string_exn "10.9.0.77" in
  let s = { net; offered; lease_s = 600l; extra = usual; reply = good; heard = [] } in
  Lwt.async (fun () -> Lwt.map ignore (Virtual_net.listen net ~header_size:14 (serve s)));
  s

let frame ?(source = mac) destination ethertype payload =
  Cstruct.append
    (Ethernet_packet.Marshal.make_cstruct { source; destination; ethertype })
    payload

let arp ?(mac = mac) ?(target = Ipaddr.V4.any) operation source_ip =
  let packet =
    { Arp_packet.operation; source_mac = mac; source_ip; target_mac = Macaddr.broadcast;
      target_ip = target }
  in
  frame ~source:mac Macaddr.broadcast `ARP (Arp_packet.encode packet)

let datagram dst =
  let header = { Udp_packet.src_port = 1234; dst_port = Dhcp_host.echo_port } in
  let payload = Cstruct.of_string "hello" in
  let length = Udp_wire.sizeof_udp + Cstruct.length payload in
  let pseudoheader = Ipv4_packet.Marshal.pseudoheader ~src:ip ~dst ~proto:`UDP length in
  let udp = Udp_packet.Marshal.make_cstruct ~pseudoheader ~payload header in
  let proto = Ipv4_packet.Marshal.protocol_to_int `UDP in
  let header =
    { Ipv4_packet.src = ip; dst; id = 1; off = 0; ttl = 64; proto; options = Cstruct.empty }
  in
  let head = Ipv4_packet.Marshal.make_cstruct ~payload_len:length header in
  frame Dhcp_host.mac `IPv4 (Cstruct.concat [ head; udp; payload ])

let is_dhcp frame = Dhcp_wire.is_dhcp frame (Cstruct.length frame)

let arp_of frame =
  match Ethernet_packet.Unmarshal.of_cstruct frame with
  | Ok ({ ethertype = `ARP; _ }, payload) -> Result.to_option (Arp_packet.decode payload)
  | Ok _ | Error _ -> None

let source frame =
  match Ethernet_packet.Unmarshal.of_cstruct frame with
  | Ok ({ ethertype = `ARP; _ }, _) -> Option.map (fun p -> p.Arp_packet.source_ip) (arp_of frame)
  | Ok ({ ethertype = `IPv4; _ }, payload) ->
      Some (Ipaddr.V4.of_int32 (Ipv4_wire.get_ipv4_src payload))
  | Ok ({ ethertype = `IPv6; _ }, _) | Error _ -> None
