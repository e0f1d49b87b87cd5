open Dhcp_option
open Dhcp_enum
open Dhcp_message

type phase =
  | Selecting
  | Requesting of pkt  (** the offer taken *)
  | Bound of pkt  (** the lease *)
  | Extending of pkt

type t = {
  xid : int32;
  mac : Macaddr.t;
  requests : Dhcp_option_code.option_code list;
  phase : phase;
}

let server_identifier packet =
  List.find_map (function Server_identifier ip -> Some ip | _ -> None) packet.options

let message_type packet =
  List.find_map (function Message_type t -> Some t | _ -> None) packet.options

let default_requests : Dhcp_option_code.option_code list =
  [
    SUBNET_MASK; ROUTERS; DNS_SERVERS; DOMAIN_NAME; PERFORM_ROUTER_DISC; STATIC_ROUTES;
    VENDOR_SPECIFIC; NETBIOS_NAME_SERVERS; NETBIOS_NODE; NETBIOS_SCOPE;
    CLASSLESS_STATIC_ROUTE; PRIVATE_CLASSLESS_STATIC_ROUTE; WEB_PROXY_AUTO_DISC;
  ]

let pp_phase ppf = function
  | Selecting -> Format.pp_print_string ppf "waiting for offers"
  | Requesting offer -> Format.fprintf ppf "requesting %a" Ipaddr.V4.pp offer.yiaddr
  | Bound ack -> Format.fprintf ppf "bound to %a" Ipaddr.V4.pp ack.yiaddr
  | Extending ack -> Format.fprintf ppf "extending %a" Ipaddr.V4.pp ack.yiaddr

let pp ppf t = Format.fprintf ppf "%a %08lx: %a" Macaddr.pp t.mac t.xid pp_phase t.phase

let lease t =
  match t.phase with
  | Bound ack | Extending ack -> Some ack
  | Selecting | Requesting _ -> None

let is_bound t =
  match t.phase with Bound _ -> true | Selecting | Requesting _ | Extending _ -> false

(* {2 What is said} *)

let broadcast t msgtype options =
  {
    srcmac = t.mac;
    dstmac = Macaddr.broadcast;
    srcip = Ipaddr.V4.any;
    dstip = Ipaddr.V4.broadcast;
    srcport = client_port;
    dstport = server_port;
    op = BOOTREQUEST;
    htype = Ethernet_10mb;
    hlen = 6;
    hops = 0;
    xid = t.xid;
    secs = 0;
    flags = Broadcast;
    ciaddr = Ipaddr.V4.any;
    yiaddr = Ipaddr.V4.any;
    siaddr = Ipaddr.V4.any;
    giaddr = Ipaddr.V4.any;
    chaddr = t.mac;
    sname = "";
    file = "";
    options =
      (Message_type msgtype :: Client_id (Hwaddr t.mac) :: options)
      @ [ Parameter_requests t.requests ];
  }

let discover t = broadcast t DHCPDISCOVER []

let request t (offer : pkt) =
  let server = Option.to_list (server_identifier offer) in
  let identifier = List.map (fun ip -> Server_identifier ip) server in
  broadcast t DHCPREQUEST (Request_ip offer.yiaddr :: identifier)

(* With the address in use, and without the options of a first request
   (RFC 2131, section 4.3.2). *)
let extension t (ack : pkt) =
  let packet = broadcast t DHCPREQUEST [] in
  { packet with srcip = ack.yiaddr; ciaddr = ack.yiaddr; flags = Unicast }

let to_server (ack : pkt) packet =
  match server_identifier ack with
  | Some dstip -> { packet with dstip; dstmac = ack.srcmac }
  | None -> packet

let restart t =
  let t = { t with phase = Selecting } in
  (t, discover t)

let create ?(requests = default_requests) xid mac =
  restart { xid; mac; requests; phase = Selecting }

let extend t address_to =
  match t.phase with
  | Selecting | Requesting _ -> `Noop
  | Bound ack | Extending ack ->
      let t = { t with phase = Extending ack } in
      `Response (t, address_to ack (extension t ack))

let renew t = extend t to_server
let rebind t = extend t (fun _ packet -> packet)

(* {2 What is heard} *)

let for_us t (packet : pkt) =
  packet.op = BOOTREPLY
  && Int32.equal packet.xid t.xid
  && Macaddr.compare packet.chaddr t.mac = 0

let usable (packet : pkt) =
  Ipaddr.V4.compare packet.yiaddr Ipaddr.V4.any <> 0
  && (not (Ipaddr.V4.is_multicast packet.yiaddr))
  && Option.is_some (server_identifier packet)

let same_server (a : pkt) (b : pkt) =
  server_identifier a = server_identifier b

(* An answer that did not come as a frame of its own names no station. *)
let with_station t (ack : pkt) =
  match lease t with
  | Some earlier when not (Macaddr.is_unicast ack.srcmac) ->
      { ack with srcmac = earlier.srcmac }
  | _ -> ack

let bind t ack =
  let ack = with_station t ack in
  `New_lease ({ t with phase = Bound ack }, ack)

let react t (packet : pkt) =
  match (t.phase, message_type packet) with
  | Selecting, Some DHCPOFFER when usable packet ->
      let t = { t with phase = Requesting packet } in
      `Response (t, request t packet)
  | Requesting offer, Some DHCPACK
    when same_server offer packet && Ipaddr.V4.compare offer.yiaddr packet.yiaddr = 0 ->
      bind t packet
  | Extending _, Some DHCPACK when usable packet -> bind t packet
  | Requesting expected, Some DHCPNAK when same_server expected packet ->
      `Response (restart t)
  | Extending _, Some DHCPNAK -> `Response (restart t)
  | _ -> `Noop

let input t frame =
  match pkt_of_buf frame (Cstruct.length frame) with
  | Ok packet when for_us t packet -> react t packet
  | Ok _ | Error _ -> `Noop
