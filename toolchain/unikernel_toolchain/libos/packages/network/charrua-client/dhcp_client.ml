(* Which message answers which (RFC 2131, section 4.4, figure 5), without times and
   without input or output. INIT and SELECTING are one phase here, as a DISCOVER is
   sent on entry; RENEWING and REBINDING are one, as they differ in who is asked:

     Selecting --OFFER / REQUEST--> Requesting --ACK--> Bound
         ^                              | NAK             | renew, rebind / REQUEST
         +------------------------------+                 v
         +--------------- NAK ---------------------- Extending --ACK--> Bound

   Whatever does not fit the phase is dropped: anybody on the link can send a reply. *)

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

let server_identifier = Dhcp_lease.server

let message_type packet =
  List.find_map (function Message_type t -> Some t | _ -> None) packet.options

(* Classless routes before routers (RFC 3442). *)
let default_requests : Dhcp_option_code.option_code list =
  [
    SUBNET_MASK; CLASSLESS_STATIC_ROUTE; PRIVATE_CLASSLESS_STATIC_ROUTE; ROUTERS; DNS_SERVERS; DOMAIN_NAME; PERFORM_ROUTER_DISC; STATIC_ROUTES;
    VENDOR_SPECIFIC; NETBIOS_NAME_SERVERS; NETBIOS_NODE; NETBIOS_SCOPE; WEB_PROXY_AUTO_DISC;
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

let offered t =
  match t.phase with
  | Requesting offer -> Some offer.yiaddr
  | Selecting | Bound _ | Extending _ -> None

(* {2 Sending} *)

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

(* RFC 2131, table 5. *)
let decline_of t (ack : pkt) =
  let servers = List.map (fun ip -> Server_identifier ip) (Option.to_list (server_identifier ack)) in
  let packet = broadcast t DHCPDECLINE (Request_ip ack.yiaddr :: servers) in
  let is_kept = function Parameter_requests _ -> false | _ -> true in
  { packet with flags = Unicast; options = List.filter is_kept packet.options }

let decline t = Option.map (decline_of t) (lease t)

let restart ?xid t =
  let t = { t with xid = Option.value xid ~default:t.xid; phase = Selecting } in
  (t, discover t)

let create ?(requests = default_requests) xid mac =
  restart { xid; mac; requests; phase = Selecting }

(* RFC 2131, section 4.3.6: renewing goes to the server, rebinding to all. *)
let extend t address_to =
  match t.phase with
  | Selecting | Requesting _ -> `Noop
  | Bound ack | Extending ack ->
      let t = { t with phase = Extending ack } in
      `Response (t, address_to ack (extension t ack))

let renew t = extend t to_server
let rebind t = extend t (fun _ packet -> packet)

(* {2 Receiving} *)

let identifier (packet : pkt) =
  List.find_map (function Client_id id -> Some id | _ -> None) packet.options

(* Servers may repeat our identifier (RFC 6842, section 3). *)
let for_us t (packet : pkt) =
  packet.op = BOOTREPLY
  && Int32.equal packet.xid t.xid
  && Macaddr.compare packet.chaddr t.mac = 0
  && match identifier packet with
  | Some (Hwaddr mac) -> Macaddr.compare mac t.mac = 0
  | Some (Id _) -> false
  | None -> true

let same_server a b = server_identifier a = server_identifier b
let same_address (a : pkt) (b : pkt) = Ipaddr.V4.compare a.yiaddr b.yiaddr = 0

(* An answer that did not come as a frame of its own names no station. *)
let with_server_mac t (ack : pkt) =
  match lease t with
  | Some earlier when not (Macaddr.is_unicast ack.srcmac) ->
      { ack with srcmac = earlier.srcmac }
  | _ -> ack

let bind t ack =
  let ack = with_server_mac t ack in
  `New_lease ({ t with phase = Bound ack }, ack)

(* The server that has the lease may have answered in another's name; a refusal
   in another's name counts only once everybody is asked. *)
let may_refuse earlier (packet : pkt) ~rebinding =
  rebinding || same_server earlier packet || server_identifier packet = None

let react t (packet : pkt) ~rebinding =
  match (t.phase, message_type packet) with
  | Selecting, Some DHCPOFFER when Dhcp_lease.usable packet ->
      let t = { t with phase = Requesting packet } in
      `Response (t, request t packet)
  | Requesting offer, Some DHCPACK
    when Dhcp_lease.usable packet && same_server offer packet && same_address offer packet ->
      bind t (Dhcp_lease.clean packet)
  | Extending earlier, Some DHCPACK
    when Dhcp_lease.has_time_left packet && same_address earlier packet ->
      bind t (Dhcp_lease.extend ~earlier packet)
  | Requesting offer, Some DHCPNAK when same_server offer packet -> `Response (restart t)
  | Extending earlier, Some DHCPNAK when may_refuse earlier packet ~rebinding ->
      `Response (restart t)
  | _ -> `Noop

(* A flood of other hosts' packets costs no more than a look: byte 14 says that
   the IP header has no options. *)
let is_for_another t frame =
  let xid_at = 46 in
  Cstruct.length frame >= xid_at + 4
  && Cstruct.get_uint8 frame 14 = 0x45
  && not (Int32.equal (Cstruct.BE.get_uint32 frame xid_at) t.xid)

let input ?(rebinding = false) t frame =
  if is_for_another t frame then `Noop
  else
    match pkt_of_buf frame (Cstruct.length frame) with
    | Ok packet when for_us t packet -> react t packet ~rebinding
    | Ok _ | Error _ -> `Noop
