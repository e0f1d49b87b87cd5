let clients : (Macaddr.t * (Cstruct.t -> unit)) list ref = ref []

let same mac (mac', _) = Macaddr.compare mac mac' = 0

let register mac input =
  let others = List.filter (fun client -> not (same mac client)) !clients in
  clients := (mac, input) :: others

let frame mac ~src ~dst packet =
  let ethernet =
    { Ethernet_packet.source = Macaddr.broadcast; destination = mac; ethertype = `IPv4 }
  in
  let proto = Ipv4_packet.Marshal.protocol_to_int `UDP in
  let ip =
    { Ipv4_packet.src; dst; id = 0; off = 0; ttl = 1; proto; options = Cstruct.empty }
  in
  Cstruct.concat
    [
      Ethernet_packet.Marshal.make_cstruct ethernet;
      Ipv4_packet.Marshal.make_cstruct ~payload_len:(Cstruct.length packet) ip;
      packet;
    ]

let deliver mac ~src ~dst packet =
  match List.find_opt (same mac) !clients with
  | Some (_, input) -> input (frame mac ~src ~dst packet)
  | None -> ()
