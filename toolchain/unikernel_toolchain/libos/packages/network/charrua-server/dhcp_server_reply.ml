(* Where a reply goes (RFC 2131, section 4.1): to the relay if one sent the request; to the
   address that the client uses; or else, to one that cannot be asked for by ARP yet, in a
   frame to its hardware address, unless it wants a broadcast. *)

open Dhcp_wire
module Config = Dhcp_server_config
module Lease = Dhcp_server_lease

(* {2 Options} *)

let host_of (config : Config.t) mac =
  List.find_opt (fun (host : Config.host) -> Macaddr.compare host.hw_addr mac = 0) config.hosts

let code option = Option.map fst (Dhcp_option_list.to_code option)

(* The times and the parties are the server's to say, whatever a configuration holds. *)
let is_own option =
  match option with
  | Pad | End | Message_type _ | Server_identifier _ | Ip_lease_time _ | Renewal_t1 _
  | Rebinding_t2 _ | Client_id _ | Request_ip _ | Parameter_requests _ | Max_message _
  | Option_overload _ | Relay_agent_information _ ->
      true
  | _ -> false

(* The first of each kind counts. *)
let distinct options =
  let add kept option =
    if is_own option || List.exists (fun other -> code other = code option) kept then kept
    else option :: kept
  in
  List.rev (List.fold_left add [] options)

let configured (config : Config.t) mac =
  let mask = Subnet_mask (Ipaddr.V4.Prefix.netmask config.network) in
  let host =
    match host_of config mac with
    | Some { options; hostname; _ } when hostname <> "" -> options @ [ Hostname hostname ]
    | Some { options; _ } -> options
    | None -> []
  in
  distinct (host @ config.options @ [ mask ])

let mask_first options =
  let is_mask = function Subnet_mask _ -> true | _ -> false in
  let masks, others = List.partition is_mask options in
  masks @ others

let options_for config mac requested =
  let all = configured config mac in
  let has wanted option = code option = Some wanted in
  match requested with
  | None -> mask_first all
  | Some codes ->
      let asked = List.filter_map (fun wanted -> List.find_opt (has wanted) all) codes in
      mask_first (distinct asked)

(* What a client can take (RFC 2131, section 2; RFC 2132, section 9.10), and a frame: the
   message's fixed part, UDP's header and IP's are before the options, an end behind. *)
let bytes_for_options pkt =
  let least = 576 and most = 1500 in
  let ip_header = 20 and udp_header = 8 and end_option = 1 in
  let taken = Option.value (find_max_message pkt.options) ~default:least in
  Int.max least (Int.min most taken) - ip_header - udp_header - Bootp_wire.sizeof - end_option

let that_fit room options =
  let bytes option = String.length (Dhcp_option_list.to_string [ option ]) - 1 in
  let add (left, kept) option =
    let left' = left - bytes option in
    if left' < 0 then (left, kept) else (left', option :: kept)
  in
  List.rev (snd (List.fold_left add (room, []) options))

(* The identifier goes back (RFC 6842, section 3), and what a relay told of itself comes last
   (RFC 3046, section 2.2). *)
let complete request own others =
  let identifier =
    Option.fold (find_client_id request.options) ~none:[] ~some:(fun id -> [ Client_id id ])
  in
  let relayed = Ipaddr.V4.compare request.giaddr Ipaddr.V4.any <> 0 in
  let relay =
    match find_relay_agent_information request.options with
    | Some information when relayed -> [ Relay_agent_information information ]
    | Some _ | None -> []
  in
  let own = own @ identifier in
  let room = bytes_for_options request in
  let used = String.length (Dhcp_option_list.to_string (own @ relay)) - 1 in
  own @ that_fit (room - used) others @ relay

(* {2 Where to} *)

type destination = { mac : Macaddr.t; ip : Ipaddr.V4.t; port : int }

let is_set address = Ipaddr.V4.compare address Ipaddr.V4.any <> 0
let everybody = { mac = Macaddr.broadcast; ip = Ipaddr.V4.broadcast; port = client_port }

let destination request yiaddr =
  if is_set request.giaddr then { mac = request.srcmac; ip = request.giaddr; port = server_port }
  else if is_set request.ciaddr then { mac = request.chaddr; ip = request.ciaddr; port = client_port }
  else if request.flags = Broadcast then everybody
  else { mac = request.chaddr; ip = yiaddr; port = client_port }

let reply (config : Config.t) request { mac; ip; port } ~ciaddr ~yiaddr ~siaddr options =
  {
    srcmac = config.mac_addr;
    dstmac = mac;
    srcip = config.ip_addr;
    dstip = ip;
    srcport = server_port;
    dstport = port;
    op = BOOTREPLY;
    htype = Ethernet_10mb;
    hlen = 6;
    hops = 0;
    xid = request.xid;
    secs = 0;
    flags = request.flags;
    ciaddr;
    yiaddr;
    siaddr;
    giaddr = request.giaddr;
    chaddr = request.chaddr;
    sname = config.hostname;
    file = "";
    options;
  }

(* {2 The four kinds} *)

let own (config : Config.t) kind = [ Message_type kind; Server_identifier config.ip_addr ]
let requested request = find_parameter_requests request.options

(* A renewal after half of the time, a rebinding after seven eighths (section 4.4.5). *)
let with_lease (config : Config.t) request kind lease ~ciaddr ~now =
  let lease_time, t1, t2 = Lease.timeleft3 lease 0.5 0.875 ~now in
  let times = [ Ip_lease_time lease_time; Renewal_t1 t1; Rebinding_t2 t2 ] in
  let yiaddr = lease.addr in
  complete request (own config kind @ times)
    (options_for config request.chaddr (requested request))
  |> reply config request (destination request yiaddr) ~ciaddr ~yiaddr ~siaddr:config.ip_addr

let offer config request lease ~now =
  with_lease config request DHCPOFFER lease ~ciaddr:Ipaddr.V4.any ~now

let ack config request lease ~now =
  with_lease config request DHCPACK lease ~ciaddr:request.ciaddr ~now

let ack_inform (config : Config.t) request address =
  complete request (own config DHCPACK) (options_for config request.chaddr (requested request))
  |> reply config request
    { mac = request.srcmac; ip = address; port = client_port }
    ~ciaddr:request.ciaddr ~yiaddr:Ipaddr.V4.any ~siaddr:config.ip_addr

(* A relay must broadcast it: the client may be on another network than its address. *)
let nak config request why =
  let relayed = is_set request.giaddr in
  let destination = if relayed then destination request Ipaddr.V4.any else everybody in
  let request = if relayed then { request with flags = Broadcast } else request in
  complete request (own config DHCPNAK) [ Message why ]
  |> reply config request destination ~ciaddr:Ipaddr.V4.any ~yiaddr:Ipaddr.V4.any
    ~siaddr:Ipaddr.V4.any
