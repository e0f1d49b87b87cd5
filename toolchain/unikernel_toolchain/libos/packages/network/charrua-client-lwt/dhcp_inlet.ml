type news = Leased of Dhcp_message.pkt * int64 option | Lost | Nobody

type client = {
  mac : Macaddr.t;
  input : Cstruct.t -> unit;
  keep_time : (unit -> int64) -> unit;
  mutable latest : news option;
  mutable follow : news -> unit;
}

let clients : client list ref = ref []

let register mac ~input ~keep_time =
  let client = { mac; input; keep_time; latest = None; follow = ignore } in
  let others = List.filter (fun c -> Macaddr.compare mac c.mac <> 0) !clients in
  clients := client :: others;
  client

let tell client news =
  client.latest <- Some news;
  client.follow news

let find mac = List.find_opt (fun c -> Macaddr.compare mac c.mac = 0) !clients

let follow mac ~now follow =
  match find mac with
  | None -> false
  | Some client ->
      client.keep_time now;
      client.follow <- follow;
      Option.iter follow client.latest;
      true

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
  Option.iter (fun client -> client.input (frame mac ~src ~dst packet)) (find mac)
