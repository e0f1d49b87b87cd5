(* packages: charrua-server virtual-network *)

(* The DHCP server, message by message: no network, no clock. *)

open Case
open Dhcp_wire
module Config = Dhcp_server.Config
module Lease = Dhcp_server.Lease
module Input = Dhcp_server.Input

let ip = Ipaddr.V4.of_string_exn
let server_ip = ip "10.0.0.1"
let server_mac = Macaddr.of_string_exn "02:00:00:00:00:fe"
let mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x01\x00\x00%c%c" (Char.chr (n lsr 8)) (Char.chr (n land 255)))
let fixed_mac = Macaddr.of_string_exn "02:00:00:00:00:33"

let host =
  { Config.hostname = "printer"; options = [ Root_path "/printer" ]; fixed_addr = Some (ip "10.0.0.33"); hw_addr = fixed_mac }

let options =
  [ Routers [ server_ip ]; Dns_servers [ ip "10.0.0.2"; ip "10.0.0.3" ]; Domain_name "example.org"; Root_path "/all" ]

let config () =
  Config.make ?hostname:None ?default_lease_time:None ?max_lease_time:None ~hosts:[ host ]
    ~addr_tuple:(server_ip, server_mac)
    ~network:(Ipaddr.V4.Prefix.of_string_exn "10.0.0.1/24")
    ~range:(Some (ip "10.0.0.30", ip "10.0.0.39")) ~options

let packet ?(chaddr = mac 1) ?(options = []) ?(ciaddr = Ipaddr.V4.any) ?(dstip = Ipaddr.V4.broadcast)
    ?(flags = Unicast) ?(giaddr = Ipaddr.V4.any) kind =
  let unicast = dstip = server_ip in
  {
    srcmac = chaddr; dstmac = (if unicast then server_mac else Macaddr.broadcast); srcip = ciaddr; dstip;
    srcport = client_port; dstport = server_port; op = BOOTREQUEST; htype = Ethernet_10mb; hlen = 6;
    hops = 0; xid = 0x1234l; secs = 0; flags; ciaddr; yiaddr = Ipaddr.V4.any; siaddr = Ipaddr.V4.any;
    giaddr; chaddr; sname = ""; file = ""; options = Message_type kind :: options;
  }

let show = function
  | Input.Silence -> "silence"
  | Update _ -> "update"
  | Warning why -> "warning: " ^ why
  | Error why -> "error: " ^ why
  | Reply (reply, _) -> pkt_to_string reply

let kind reply = Option.get (find_message_type reply.options)

let reply what wanted = function
  | Input.Reply (reply, db) when kind reply = wanted ->
      (* It survives the wire. *)
      let frame = buf_of_pkt reply in
      check (what ^ ": the frame is read as it was meant")
        (pkt_of_buf frame (Cstruct.length frame) = Ok { reply with options = reply.options });
      (reply, db)
  | other -> failwith (Printf.sprintf "%s: %s" what (show other))

let is_silent what = function Input.Silence -> () | other -> failwith (what ^ ": " ^ show other)
let warns what = function Input.Warning _ -> () | other -> failwith (what ^ ": " ^ show other)
let errs what = function Input.Error _ -> () | other -> failwith (what ^ ": " ^ show other)
let updates what = function Input.Update db -> db | other -> failwith (what ^ ": " ^ show other)
let equal_ip what a b = equal Ipaddr.V4.to_string what a b
let from_us = Server_identifier server_ip

let discover ?chaddr ?(options = []) ?flags ?giaddr config db now =
  Input.input_pkt config db (packet ?chaddr ~options ?flags ?giaddr DHCPDISCOVER) now

let request ?chaddr ?(options = []) ?flags ?giaddr config db addr now =
  Input.input_pkt config db
    (packet ?chaddr ~options:(from_us :: Request_ip addr :: options) ?flags ?giaddr DHCPREQUEST) now

(* A lease for a client, by the four messages. *)
let bound ?chaddr ?options config db now =
  let offer, db = reply "offer" DHCPOFFER (discover ?chaddr ?options config db now) in
  let ack, db = reply "ack" DHCPACK (request ?chaddr ?options config db offer.yiaddr now) in
  equal_ip "what was offered" offer.yiaddr ack.yiaddr;
  (ack, db)

let lease_time pkt = Option.get (find_ip_lease_time pkt.options)

let four_messages () =
  let config = config () and db = Lease.make_db () in
  let asked = [ Parameter_requests [ ROUTERS; DNS_SERVERS; SUBNET_MASK; NTP_SERVERS; IP_LEASE_TIME ] ] in
  let offer, db' = reply "offer" DHCPOFFER (discover ~options:asked config db 100l) in
  equal string_of_int "an offer is not kept" 0 (List.length (Lease.to_list db'));
  let ack, db = reply "ack" DHCPACK (request ~options:asked config db' offer.yiaddr 100l) in
  equal_ip "address" offer.yiaddr ack.yiaddr;
  check "inside of the range" (Ipaddr.V4.compare ack.yiaddr (ip "10.0.0.30") >= 0);
  equal Int32.to_string "time" 7200l (lease_time ack);
  equal Int32.to_string "renewal" 3600l (Option.get (find_renewal_t1 ack.options));
  equal Int32.to_string "rebinding" 6300l (Option.get (find_rebinding_t2 ack.options));
  equal_ip "mask" (ip "255.255.255.0") (Option.get (find_subnet_mask ack.options));
  equal_ip "server" server_ip (Option.get (find_server_identifier ack.options));
  check "name servers" (collect_dns_servers ack.options = [ ip "10.0.0.2"; ip "10.0.0.3" ]);
  check "not asked for" (find_domain_name ack.options = None);
  let positions = List.mapi (fun i o -> (i, o)) ack.options in
  let at f = fst (List.find (fun (_, o) -> f o) positions) in
  check "the mask is before the routers"
    (at (function Subnet_mask _ -> true | _ -> false) < at (function Routers _ -> true | _ -> false));
  equal string_of_int "kept" 1 (List.length (Lease.to_list db));
  check "in a frame to the client" (ack.dstmac = mac 1 && ack.dstip = ack.yiaddr && ack.dstport = 68);
  let broadcast, _ = reply "offer" DHCPOFFER (discover ~flags:Broadcast config db 100l) in
  check "or to all" (broadcast.dstmac = Macaddr.broadcast && broadcast.dstip = Ipaddr.V4.broadcast)

let all_options () =
  let ack, _ = bound (config ()) (Lease.make_db ()) 0l in
  check "who asks for nothing is told all"
    (find_domain_name ack.options = Some "example.org" && find_root_path ack.options = Some "/all");
  let identifier = Client_id (Id "\x00somebody") in
  let ack, _ = bound ~options:[ identifier ] (config ()) (Lease.make_db ()) 0l in
  check "the identifier comes back" (List.mem identifier ack.options)

let fixed () =
  let config = config () in
  let asked = [ Parameter_requests [ ROOT_PATH; HOSTNAME ] ] in
  let ack, db = bound ~chaddr:fixed_mac ~options:asked config (Lease.make_db ()) 0l in
  equal_ip "address" (ip "10.0.0.33") ack.yiaddr;
  check "its own options" (find_root_path ack.options = Some "/printer" && find_hostname ack.options = Some "printer");
  let _ = reply "another one" DHCPNAK (request ~chaddr:fixed_mac config db (ip "10.0.0.34") 0l) in
  let wish = [ Request_ip (ip "10.0.0.33") ] in
  let offer, _ = reply "somebody wishes for it" DHCPOFFER (discover ~options:wish config db 0l) in
  check "not that" (offer.yiaddr <> ip "10.0.0.33");
  let _ = reply "somebody takes it" DHCPNAK (request config (Lease.make_db ()) (ip "10.0.0.33") 0l) in
  ()

let pool () =
  let config = config () in
  let rec fill db n addresses =
    if n = 9 then (db, addresses)
    else
      let ack, db = bound ~chaddr:(mac n) config db 0l in
      check "twice" (not (List.mem ack.yiaddr addresses));
      fill db (n + 1) (ack.yiaddr :: addresses)
  in
  (* Ten addresses, one of them the printer's. *)
  let db, addresses = fill (Lease.make_db ()) 0 [] in
  check "not the printer's" (not (List.mem (ip "10.0.0.33") addresses));
  errs "full" (discover ~chaddr:(mac 100) config db 0l);
  let again, db = bound ~chaddr:(mac 3) config db 10l in
  check "who has one gets it again" (List.mem again.yiaddr addresses);
  let later, _ = bound ~chaddr:(mac 100) config db 7205l in
  check "a lease that is over is given to others" (later.yiaddr <> again.yiaddr);
  let offer, _ = reply "its client comes back" DHCPOFFER (discover ~chaddr:(mac 5) config db 7205l) in
  let last = Option.get (Lease.lease_of_addr offer.yiaddr db) in
  check "and would get it first" (last.client_id = Hwaddr (mac 5))

let wishes () =
  let config = config () in
  let wish = [ Request_ip (ip "10.0.0.38") ] in
  let offer, _ = reply "offer" DHCPOFFER (discover ~options:wish config (Lease.make_db ()) 0l) in
  equal_ip "as wished" (ip "10.0.0.38") offer.yiaddr;
  let outside = [ Request_ip (ip "10.0.0.99") ] in
  let offer, _ = reply "offer" DHCPOFFER (discover ~options:outside config (Lease.make_db ()) 0l) in
  check "not outside" (offer.yiaddr <> ip "10.0.0.99");
  let time s = [ Ip_lease_time s ] in
  let lease_of options =
    lease_time (fst (reply "offer" DHCPOFFER (discover ~options config (Lease.make_db ()) 0l))) in
  equal Int32.to_string "a shorter time" 60l (lease_of (time 60l));
  equal Int32.to_string "no longer than may be" 86_400l (lease_of (time (-1l)));
  equal Int32.to_string "none" 7200l (lease_of (time 0l))

let others () =
  let config = config () in
  let db = Lease.make_db () in
  let elsewhere = [ Server_identifier (ip "10.0.0.9"); Request_ip (ip "10.0.0.35") ] in
  let input = Input.input_pkt config db in
  is_silent "another server is taken" (input (packet ~options:elsewhere DHCPREQUEST) 0l);
  is_silent "another's release" (input (packet ~options:elsewhere DHCPRELEASE) 0l);
  is_silent "another's datagram" (input (packet ~dstip:(ip "10.0.0.9") DHCPDISCOVER) 0l);
  is_silent "another's frame" (input { (packet DHCPDISCOVER) with dstmac = mac 77 } 0l);
  is_silent "a reply" (input { (packet DHCPDISCOVER) with op = BOOTREPLY } 0l);
  warns "BOOTP" (input { (packet DHCPDISCOVER) with options = [] } 0l);
  warns "other hardware" (input { (packet DHCPDISCOVER) with htype = Other } 0l);
  warns "a group's address" (input (packet ~chaddr:Macaddr.broadcast DHCPDISCOVER) 0l);
  warns "an offer" (input (packet DHCPOFFER) 0l);
  warns "no address" (input (packet ~options:[ from_us ] DHCPREQUEST) 0l);
  warns "another network's relay" (input (packet ~giaddr:(ip "10.9.0.1") DHCPDISCOVER) 0l)

let reboots () =
  let config = config () in
  let ack, db = bound config (Lease.make_db ()) 0l in
  let reboot ?(chaddr = mac 1) db addr =
    Input.input_pkt config db (packet ~chaddr ~options:[ Request_ip addr ] DHCPREQUEST) 100l in
  let again, db' = reply "the same" DHCPACK (reboot db ack.yiaddr) in
  equal Int32.to_string "for the whole time" 7200l (lease_time again);
  check "from now on" ((Lease.lease_of_addr ack.yiaddr db' |> Option.get).tm_end = 7300l);
  let nak, _ = reply "another" DHCPNAK (reboot db (ip "10.0.0.39")) in
  check "to all" (nak.dstip = Ipaddr.V4.broadcast && nak.yiaddr = Ipaddr.V4.any);
  check "with a reason" (find_message nak.options <> None && find_ip_lease_time nak.options = None);
  let _ = reply "another network" DHCPNAK (reboot db (ip "192.168.7.7")) in
  warns "nothing known (section 4.3.2: silent)" (reboot ~chaddr:(mac 2) db (ip "10.0.0.35"));
  let _ = reply "a fixed one is known" DHCPACK (reboot ~chaddr:fixed_mac db (ip "10.0.0.33")) in
  ()

let renewals () =
  let config = config () in
  let ack, db = bound config (Lease.make_db ()) 0l in
  let extend ?(chaddr = mac 1) ?dstip ?(ciaddr = ack.yiaddr) db now =
    Input.input_pkt config db (packet ~chaddr ~ciaddr ?dstip DHCPREQUEST) now in
  let renewed, db' = reply "renewed" DHCPACK (extend ~dstip:server_ip db 3600l) in
  check "to its address" (renewed.dstip = ack.yiaddr && renewed.ciaddr = ack.yiaddr);
  check "from now on" ((Lease.lease_of_addr ack.yiaddr db' |> Option.get).tm_end = 10_800l);
  let _ = reply "rebound" DHCPACK (extend db 6300l) in
  let _ = reply "somebody else's" DHCPNAK (extend ~chaddr:(mac 2) ~dstip:server_ip db 10l) in
  let _ = reply "forgotten, and free" DHCPACK (extend ~dstip:server_ip (Lease.make_db ()) 10l) in
  let _ = reply "of another network" DHCPNAK (extend ~ciaddr:(ip "10.7.0.1") ~dstip:server_ip db 10l) in
  is_silent "another server's" (extend ~ciaddr:(ip "10.0.0.200") db 10l)

let ends () =
  let config = config () in
  let ack, db = bound config (Lease.make_db ()) 0l in
  let release = packet ~options:[ from_us ] ~ciaddr:ack.yiaddr ~dstip:server_ip DHCPRELEASE in
  let db' = updates "released" (Input.input_pkt config db release 10l) in
  check "nobody's" (Lease.addr_available ack.yiaddr db' ~now:10l && Lease.to_list db' = []);
  warns "by somebody else" (Input.input_pkt config db { release with chaddr = mac 2 } 10l);
  let decline addr = packet ~options:[ from_us; Request_ip addr ] DHCPDECLINE in
  let db' = updates "declined" (Input.input_pkt config db (decline ack.yiaddr) 10l) in
  check "not to be had" (not (Lease.addr_available ack.yiaddr db' ~now:7000l));
  check "in the end it is" (Lease.addr_available ack.yiaddr db' ~now:7211l);
  let next, _ = bound config db' 20l in
  check "another one" (next.yiaddr <> ack.yiaddr);
  warns "what one has not got" (Input.input_pkt config db (decline (ip "10.0.0.39")) 10l);
  errs "a fixed one" (Input.input_pkt config db { (decline (ip "10.0.0.33")) with chaddr = fixed_mac } 10l)

let informs () =
  let config = config () in
  let inform ciaddr = Input.input_pkt config (Lease.make_db ()) (packet ~ciaddr DHCPINFORM) 0l in
  let ack, db = reply "informed" DHCPACK (inform (ip "10.0.0.200")) in
  check "no times, no address"
    (find_ip_lease_time ack.options = None && ack.yiaddr = Ipaddr.V4.any && ack.dstip = ip "10.0.0.200");
  check "told" (collect_routers ack.options = [ server_ip ] && Lease.to_list db = []);
  warns "elsewhere" (inform (ip "8.8.8.8"))

let relays () =
  let config = config () in
  let giaddr = ip "10.0.0.5" and options = [ Relay_agent_information "\x01\x02ab" ] in
  let offer, db = reply "offer" DHCPOFFER (discover ~giaddr ~options config (Lease.make_db ()) 0l) in
  check "to the relay" (offer.dstip = giaddr && offer.dstport = server_port && offer.giaddr = giaddr);
  check "what it said of itself is last"
    (List.nth offer.options (List.length offer.options - 1) = Relay_agent_information "\x01\x02ab");
  let nak, _ = reply "nak" DHCPNAK (request ~giaddr config db (ip "10.0.0.200") 0l) in
  check "which is to broadcast it" (nak.flags = Broadcast && nak.dstip = giaddr)

let sizes () =
  let long n = Root_path (String.make n 'a') in
  let config = { (config ()) with options = [ long 200; Merit_dumpfile (String.make 200 'b'); Domain_name "d" ] } in
  let bytes ?(options = []) () =
    let offer, _ = reply "offer" DHCPOFFER (discover ~options config (Lease.make_db ()) 0l) in
    (Cstruct.length (buf_of_pkt offer) - 14, offer) in
  let length, offer = bytes () in
  check "what fits" (length <= 576 && find_root_path offer.options <> None && find_domain_name offer.options = Some "d");
  check "and not the rest" (find_merit_dumpfile offer.options = None);
  let length, offer = bytes ~options:[ Max_message 1000 ] () in
  check "what the client takes" (length <= 1000 && find_merit_dumpfile offer.options <> None);
  let length, _ = bytes ~options:[ Max_message 0xffff ] () in
  check "no more than a frame" (length <= 1500)

let memory () =
  let range = Some (ip "10.0.0.2", ip "10.255.255.250") in
  let config =
    Config.make ?hostname:None ?default_lease_time:None ?max_lease_time:None ~hosts:[]
      ~addr_tuple:(server_ip, server_mac)
      ~network:(Ipaddr.V4.Prefix.of_string_exn "10.0.0.0/8") ~range ~options in
  Memory_size.set (8 * 1024 * 1024);
  let most = 8 * 1024 * 1024 / 64 / 512 in
  let rec fill db n =
    let wanted = Ipaddr.V4.of_int32 (Int32.add (Ipaddr.V4.to_int32 (ip "10.0.0.2")) (Int32.of_int n)) in
    match request ~chaddr:(mac n) config db wanted 0l with
    | Reply (_, db) -> fill db (n + 1)
    | Error _ -> (db, n)
    | other -> failwith (show other) in
  let db, n = fill (Lease.make_db ()) 0 in
  equal string_of_int "leases" most n;
  let _ = reply "known ones go on" DHCPACK (request ~chaddr:(mac 0) config db (ip "10.0.0.2") 0l) in
  let _, db = reply "over" DHCPACK (request ~chaddr:(mac n) config db (ip "10.9.9.9") 8000l) in
  equal string_of_int "those that are over make room" 1 (List.length (Lease.to_list db));
  Memory_size.set (32 * 1024 * 1024)

(* Any packet at all: no exception, at most one lease a client and an address, none outside. *)
let strangers () =
  let config = config () in
  let pick choices = List.nth choices (Random.State.int Seeded.state (List.length choices)) in
  let address () =
    pick [ Ipaddr.V4.any; server_ip; ip "10.0.0.33"; Ipaddr.V4.broadcast; ip "8.8.8.8";
           Ipaddr.V4.of_int32 (Int32.add 0x0a00_001el (Random.State.int32 Seeded.state 12l)) ] in
  let option () =
    pick [ from_us; Server_identifier (address ()); Request_ip (address ()); Request_ip (address ());
           Client_id (Id (Cstruct.to_string (Seeded.bytes 2))); Ip_lease_time (Random.State.bits Seeded.state |> Int32.of_int);
           Parameter_requests [ SUBNET_MASK; END; PAD; ROUTERS; MESSAGE_TYPE; CLIENT_ID ]; Max_message 0 ] in
  let kinds = [ DHCPDISCOVER; DHCPREQUEST; DHCPREQUEST; DHCPDECLINE; DHCPRELEASE; DHCPINFORM; DHCPACK ] in
  let db = ref (Lease.make_db ()) in
  let keep now pkt =
    match Input.input_pkt config !db pkt now with
    | Update db' -> db := db'
    | Reply (answer, db') ->
        ignore (buf_of_pkt answer);
        db := db'
    | Silence | Warning _ | Error _ -> () in
  let distinct values = List.length (List.sort_uniq compare values) = List.length values in
  for now = 1 to 20_000 do
    let options = List.init (Random.State.int Seeded.state 4) (fun _ -> option ()) in
    let n = Random.State.int Seeded.state 20 in
    let pkt =
      packet ~chaddr:(if n = 0 then fixed_mac else mac n) ~options ~ciaddr:(address ())
        ~dstip:(pick [ server_ip; Ipaddr.V4.broadcast ]) ~giaddr:(pick [ Ipaddr.V4.any; address () ]) (pick kinds) in
    keep (Int32.of_int now) pkt;
    let leases = Lease.to_list !db in
    check "one lease a client" (distinct (List.map (fun (l : Lease.t) -> l.client_id) leases));
    check "one lease an address" (distinct (List.map (fun (l : Lease.t) -> l.addr) leases));
    List.iter (fun (l : Lease.t) ->
        check "in the range" (Ipaddr.V4.compare l.addr (ip "10.0.0.30") >= 0 && Ipaddr.V4.compare l.addr (ip "10.0.0.39") <= 0);
        check "both ways" (Lease.lease_of_client_id l.client_id !db = Some l)) leases
  done

let () =
  case "four messages" four_messages;
  case "options" all_options;
  case "a fixed address" fixed;
  case "a pool that runs out" pool;
  case "wishes" wishes;
  case "what is not for this server" others;
  case "clients that start again" reboots;
  case "renewals" renewals;
  case "releases and declines" ends;
  case "informs" informs;
  case "relays" relays;
  case "sizes" sizes;
  case "memory" memory;
  case "strangers" strangers
