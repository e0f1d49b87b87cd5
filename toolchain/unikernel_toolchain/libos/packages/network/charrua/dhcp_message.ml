(* A whole frame to a record and back: a host without an address cannot have its UDP and
   IP read the headers. *)

open Dhcp_option
open Dhcp_enum

let client_id_to_string = function
  | Hwaddr mac -> Macaddr.to_string mac
  | Id octets -> Printf.sprintf "%S" octets

let dhcp_option_to_string option =
  match Dhcp_option_list.to_code option with
  | None -> "PAD"
  | Some (code, value) -> Printf.sprintf "%s %S" (Dhcp_option_code.option_code_to_string code) value

let buf_of_options b options =
  let octets = Dhcp_option_list.to_string options in
  Cstruct.blit_from_string octets 0 b 0 (String.length octets);
  Cstruct.shift b (String.length octets)

let options_of_buf b length = Dhcp_option_list.parse (Cstruct.sub b 0 length)

type pkt = {
  srcmac : Macaddr.t;
  dstmac : Macaddr.t;
  srcip : Ipaddr.V4.t;
  dstip : Ipaddr.V4.t;
  srcport : int;
  dstport : int;
  op : op;
  htype : htype;
  hlen : int;
  hops : int;
  xid : int32;
  secs : int;
  flags : flags;
  ciaddr : Ipaddr.V4.t;
  yiaddr : Ipaddr.V4.t;
  siaddr : Ipaddr.V4.t;
  giaddr : Ipaddr.V4.t;
  chaddr : Macaddr.t;
  sname : string;
  file : string;
  options : dhcp_option list;
}

(* {2 Parsing} *)

let ethernet_htype = 1
let ethernet_hlen = 6
let broadcast_flag = 0x8000
let ( let* ) = Result.bind

type headers = {
  ethernet : Ethernet_packet.t;
  ip : Ipv4_packet.t;
  udp : Udp_packet.t;
  message : Cstruct.t;
}

let udp_number = Ipv4_packet.Marshal.protocol_to_int `UDP

let genuine ip packet =
  if Mirage_net_headroom.checksum_verified packet then true
  else
    Ipv4_packet.Unmarshal.verify_transport_checksum ~proto:`UDP ~ipv4_header:ip
      ~transport_packet:packet

let headers frame =
  let* ethernet, rest = Ethernet_packet.Unmarshal.of_cstruct frame in
  if ethernet.ethertype <> `IPv4 then Error "not IPv4"
  else
    let* ip, packet = Ipv4_packet.Unmarshal.of_cstruct rest in
    let* udp, message = Udp_packet.Unmarshal.of_cstruct packet in
    if ip.proto <> udp_number then Error "not UDP"
    else if Ipv4_wire.offset_bytes ip.off <> 0 then Error "a fragment"
    else if not (genuine ip packet) then Error "wrong UDP checksum"
    else Ok { ethernet; ip; udp; message }

let text field =
  let octets = Cstruct.to_string field in
  match String.index_opt octets '\000' with
  | Some length -> String.sub octets 0 length
  | None -> octets

(* Option 52 says which of the two text fields hold options instead (RFC 2131,
   section 4.1). *)
let overloaded message options =
  let bits = function Option_overload bits -> Some bits | _ -> None in
  let overload = Option.value (List.find_map bits options) ~default:0 in
  let file = if overload land 1 <> 0 then [ Bootp_wire.file message ] else [] in
  let sname = if overload land 2 <> 0 then [ Bootp_wire.sname message ] else [] in
  (file, sname)

let is_overload = function Option_overload _ -> true | _ -> false

let all_options message =
  let own = Bootp_wire.options message in
  let file, sname = overloaded message (Dhcp_option_list.parse own) in
  let options = Dhcp_option_list.parse_all ((own :: file) @ sname) in
  let text_of field used = if used = [] then text field else "" in
  ( List.filter (fun o -> not (is_overload o)) options,
    text_of (Bootp_wire.file message) file,
    text_of (Bootp_wire.sname message) sname )

(* Lengths of other hardware's addresses are taken as they are: [hlen] tells. *)
let acceptable message =
  let open Bootp_wire in
  if Cstruct.length message < sizeof then Error "shorter than a DHCP message"
  else if not (has_magic message) then Error "without DHCP's magic cookie"
  else if get_htype message = ethernet_htype && get_hlen message <> ethernet_hlen then
    Format.kasprintf Result.error "an Ethernet address of %d bytes" (get_hlen message)
  else
    Option.to_result (int_to_op (get_op message))
      ~none:(Format.asprintf "unknown operation %d" (get_op message))

let packet { ethernet; ip; udp; message } op (dhcp_options, file_name, server_name) =
  let open Bootp_wire in
  {
    srcmac = ethernet.source;
    dstmac = ethernet.destination;
    srcip = ip.src;
    dstip = ip.dst;
    srcport = udp.src_port;
    dstport = udp.dst_port;
    op;
    htype = (if get_htype message = ethernet_htype then Ethernet_10mb else Other);
    hlen = get_hlen message;
    hops = get_hops message;
    xid = get_xid message;
    secs = get_secs message;
    flags = (if get_flags message land broadcast_flag <> 0 then Broadcast else Unicast);
    ciaddr = get_ciaddr message;
    yiaddr = get_yiaddr message;
    siaddr = get_siaddr message;
    giaddr = get_giaddr message;
    chaddr = get_chaddr message;
    sname = server_name;
    file = file_name;
    options = dhcp_options;
  }

let pkt_of_buf frame length =
  if length < 0 || length > Cstruct.length frame then Error "shorter than announced"
  else
    let* headers = headers (Cstruct.sub frame 0 length) in
    let* op = acceptable headers.message in
    Ok (packet headers op (all_options headers.message))

let is_dhcp frame length =
  let dhcp port = port = client_port || port = server_port in
  match headers (Cstruct.sub frame 0 (Int.min length (Cstruct.length frame))) with
  | Ok { udp; _ } -> dhcp udp.src_port && dhcp udp.dst_port
  | Error _ -> false

(* {2 Marshalling} *)

let default_ttl = 64

let set_text field value =
  Cstruct.memset field 0;
  Cstruct.blit_from_string value 0 field 0 (Int.min (String.length value) (Cstruct.length field))

(* At least BOOTP's 300 bytes, as some relays and servers drop less (RFC 1542, section
   2.1). *)
let message pkt =
  let open Bootp_wire in
  let octets = Dhcp_option_list.to_string pkt.options in
  let length = Int.max min_bytes (sizeof + String.length octets) in
  let b = Cstruct.create length in
  set_op b (op_to_int pkt.op);
  set_htype b (match pkt.htype with Ethernet_10mb -> ethernet_htype | Other -> 0);
  set_hlen b pkt.hlen;
  set_hops b pkt.hops;
  set_xid b pkt.xid;
  set_secs b pkt.secs;
  set_flags b (match pkt.flags with Broadcast -> broadcast_flag | Unicast -> 0);
  set_ciaddr b pkt.ciaddr;
  set_yiaddr b pkt.yiaddr;
  set_siaddr b pkt.siaddr;
  set_giaddr b pkt.giaddr;
  set_chaddr b pkt.chaddr;
  set_text (sname b) pkt.sname;
  set_text (file b) pkt.file;
  set_magic b;
  Cstruct.blit_from_string octets 0 b sizeof (String.length octets);
  b

let ip_header pkt =
  {
    Ipv4_packet.src = pkt.srcip;
    dst = pkt.dstip;
    id = 0;
    off = 0;
    ttl = default_ttl;
    proto = udp_number;
    options = Cstruct.empty;
  }

let buf_of_pkt pkt =
  let payload = message pkt in
  let source = pkt.srcmac and destination = pkt.dstmac in
  let ethernet = { Ethernet_packet.source; destination; ethertype = `IPv4 } in
  let udp = { Udp_packet.src_port = pkt.srcport; dst_port = pkt.dstport } in
  let length = Udp_wire.sizeof_udp + Cstruct.length payload in
  let pseudoheader =
    Ipv4_packet.Marshal.pseudoheader ~src:pkt.srcip ~dst:pkt.dstip ~proto:`UDP length
  in
  Cstruct.concat
    [
      Ethernet_packet.Marshal.make_cstruct ethernet;
      Ipv4_packet.Marshal.make_cstruct ~payload_len:length (ip_header pkt);
      Udp_packet.Marshal.make_cstruct ~pseudoheader ~payload udp;
      payload;
    ]

let pkt_into_buf pkt b =
  let frame = buf_of_pkt pkt in
  Cstruct.blit frame 0 b 0 (Cstruct.length frame);
  Cstruct.length frame

let client_id_of_pkt pkt =
  let identifier = function Client_id id -> Some id | _ -> None in
  Option.value (List.find_map identifier pkt.options) ~default:(Hwaddr pkt.chaddr)

let pkt_to_string pkt =
  Format.asprintf "%s %08lx: %a -> %a, client %a, you are %a, %s" (op_to_string pkt.op) pkt.xid
    Ipaddr.V4.pp pkt.srcip Ipaddr.V4.pp pkt.dstip Macaddr.pp pkt.chaddr Ipaddr.V4.pp
    pkt.yiaddr
    (String.concat ", " (List.map dhcp_option_to_string pkt.options))
