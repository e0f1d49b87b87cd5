(* MirageOS hands leases on as a stream of configurations, which has no room for routes,
   for the end of a lease, or for the way back of frames once a stack has taken over the
   interface. Client and stack know the same hardware address: they meet here by it. *)

type event = Leased of Dhcp_message.pkt * int64 option | Lost | No_server

type client = {
  mac : Macaddr.t;
  input : Cstruct.t -> unit;
  set_clock : (unit -> int64) -> unit;
  mutable latest : event option;
  mutable subscriber : event -> unit;
}

let clients : client list ref = ref []

let register mac ~input ~set_clock =
  let client = { mac; input; set_clock; latest = None; subscriber = ignore } in
  let others = List.filter (fun c -> Macaddr.compare mac c.mac <> 0) !clients in
  clients := client :: others;
  client

let notify client event =
  client.latest <- Some event;
  client.subscriber event

let find mac = List.find_opt (fun c -> Macaddr.compare mac c.mac = 0) !clients

let subscribe mac ~now subscriber =
  match find mac with
  | None -> false
  | Some client ->
      client.set_clock now;
      client.subscriber <- subscriber;
      Option.iter subscriber client.latest;
      true

(* The client reads frames. IP has taken off the headers, so they are made again. *)
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
