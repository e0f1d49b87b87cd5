(* packages: ethernet arp tcpip.ipv4 tcpip.icmpv4 tcpip.udp tcpip.ipv6 charrua charrua-client dns virtual-network *)

(* Every parser of the stack against mutated packets. *)

open Case
open Fuzz

let ip = Ipaddr.V4.of_string_exn
let ip6 = Ipaddr.V6.of_string_exn
let mac = Macaddr.of_string_exn "02:00:00:00:00:01"
let text = Cstruct.of_string
let with_payload (header, payload) = Cstruct.append header payload
let same_with_payload equal (a, p) (b, q) = equal a b && Cstruct.equal p q

let ethernet () =
  let sample ethertype =
    let header = { Ethernet_packet.source = mac; destination = Macaddr.broadcast; ethertype } in
    Cstruct.append (Ethernet_packet.Marshal.make_cstruct header) (text "payload")
  in
  parser "Ethernet_packet"
    ~samples:[ sample `ARP; sample `IPv4; sample `IPv6 ]
    ~parse:Ethernet_packet.Unmarshal.of_cstruct
    ~marshal:(fun (h, p) -> with_payload (Ethernet_packet.Marshal.make_cstruct h, p))
    ~equal:(same_with_payload Ethernet_packet.equal)

let arp_samples =
  let packet operation =
    Arp_packet.encode
      {
        operation;
        source_mac = mac;
        source_ip = ip "10.0.0.1";
        target_mac = Macaddr.broadcast;
        target_ip = ip "10.0.0.2";
      }
  in
  [ packet Request; packet Reply ]

let arp () =
  parser "Arp_packet" ~samples:arp_samples ~parse:Arp_packet.decode ~marshal:Arp_packet.encode
    ~equal:Arp_packet.equal

let ipv4_header options =
  {
    Ipv4_packet.src = ip "10.0.0.1";
    dst = ip "10.0.0.2";
    id = 7;
    off = 0x4000;
    ttl = 64;
    proto = 17;
    options;
  }

let ipv4_packet ((header : Ipv4_packet.t), payload) =
  let payload_len = Cstruct.length payload in
  with_payload (Ipv4_packet.Marshal.make_cstruct ~payload_len header, payload)

let ipv4_samples =
  let packet options payload = ipv4_packet (ipv4_header options, text payload) in
  [ packet Cstruct.empty "payload"; packet (hex "01010100") "" ]

let ipv4_repair b =
  if Cstruct.length b >= 20 && Ipv4_wire.header_bytes b <= Cstruct.length b then
    if Ipv4_wire.header_bytes b >= 20 then Ipv4_common.set_checksum b

let ipv4 () =
  parser "Ipv4_packet" ~repair:ipv4_repair ~samples:ipv4_samples
    ~parse:Ipv4_packet.Unmarshal.of_cstruct ~marshal:ipv4_packet
    ~equal:(same_with_payload Ipv4_packet.equal)

let icmpv4_repair b =
  if Cstruct.length b >= 8 then begin
    Icmpv4_wire.set_icmpv4_csum b 0;
    Icmpv4_wire.set_icmpv4_csum b (Tcpip_checksum.ones_complement b)
  end

let icmpv4_packet (header, payload) =
  with_payload (Icmpv4_packet.Marshal.make_cstruct header ~payload, payload)

let icmpv4 () =
  let sample ty subheader =
    icmpv4_packet ({ Icmpv4_packet.ty; code = 0; subheader }, text "payload")
  in
  parser "Icmpv4_packet" ~repair:icmpv4_repair
    ~samples:
      [
        sample Echo_request (Id_and_seq (1, 2));
        sample Destination_unreachable (Next_hop_mtu 1400);
        sample Redirect (Address (ip "10.0.0.1"));
        sample Parameter_problem (Pointer 3);
        sample Time_exceeded Unused;
      ]
    ~parse:Icmpv4_packet.Unmarshal.of_cstruct ~marshal:icmpv4_packet
    ~equal:(same_with_payload Icmpv4_packet.equal)

let udp () =
  let pseudoheader = Cstruct.create 12 in
  let packet (header, payload) =
    with_payload (Udp_packet.Marshal.make_cstruct ~pseudoheader ~payload header, payload)
  in
  let header = { Udp_packet.src_port = 53; dst_port = 1024 } in
  parser "Udp_packet"
    ~samples:[ packet (header, text "payload"); packet (header, Cstruct.empty) ]
    ~parse:Udp_packet.Unmarshal.of_cstruct ~marshal:packet
    ~equal:(same_with_payload Udp_packet.equal)

let src6 = ip6 "fe80::1"
let dst6 = ip6 "fe80::2"

let ipv6_packet (header, payload) =
  let payload_len = Cstruct.length payload in
  with_payload (Ipv6_packet.Marshal.make_cstruct ~payload_len header, payload)

let ipv6_header next_header =
  { Ipv6_packet.src = src6; dst = dst6; hop_limit = 255; next_header }

let extensions = hex "3c00010400000000 2c00010400000000 1100000012345678 aabbccdd"

let ipv6 () =
  parser "Ipv6_packet"
    ~samples:[ ipv6_packet (ipv6_header 17, text "payload"); ipv6_packet (ipv6_header 0, extensions) ]
    ~parse:(fun b ->
        Result.map
          (fun (header, payload) ->
             ignore (Ipv6_packet.content ~first:header.Ipv6_packet.next_header payload);
             (header, payload))
          (Ipv6_packet.Unmarshal.of_cstruct b))
    ~marshal:ipv6_packet
    ~equal:(same_with_payload Ipv6_packet.equal)

let icmpv6_messages =
  let prefix =
    {
      Icmpv6_packet.prefix = Ipaddr.V6.Prefix.of_string_exn "2001:db8::/64";
      on_link = true;
      autonomous = true;
      valid_s = 100l;
      preferred_s = 50l;
    }
  in
  [
    Icmpv6_packet.Echo_request (1l, text "payload");
    Echo_reply (1l, Cstruct.empty);
    Router_solicitation (Some mac);
    Neighbour_solicitation { target = dst6; sender = Some mac; nonce = Some "sixsix" };
    Neighbour_advertisement
      { router = true; solicited = true; override = true; about = dst6; mac = Some mac };
    Router_advertisement
      {
        hop_limit = 64;
        preference = -1;
        router_lifetime_s = 1800;
        reachable_ms = 30_000l;
        retrans_ms = 1000l;
        options =
          {
            Ndp_options.none with
            source = Some mac;
            mtu = Some 1400;
            prefixes = [ prefix; { prefix with on_link = false } ];
            routes = [ { destination = prefix.prefix; preference = 1; lifetime_s = 60l } ];
            name_servers = [ (dst6, 60l) ];
          };
      };
    Other (1, 4, 0l, text "quoted");
    Other (130, 0, 0x03e80000l, hex "00000000000000000000000000000000 02 7d 0000");
    Other (130, 0, 0x03e80000l, hex "ff0200000000000000000001ff000002");
  ]

let icmpv6_bytes message = Cstruct.concat (Icmpv6_packet.marshal ~src:src6 ~dst:dst6 message)

let icmpv6 () =
  parser "Icmpv6_packet"
    ~samples:(List.map icmpv6_bytes icmpv6_messages)
    ~parse:(Icmpv6_packet.parse ~hop_limit:255)
    ~marshal:icmpv6_bytes ~equal:Icmpv6_packet.equal

let dhcp_samples =
  let _, (discover : Dhcp_wire.pkt) = Dhcp_client.create 7l mac in
  let open Dhcp_wire in
  let offer =
    {
      discover with
      op = BOOTREPLY;
      yiaddr = ip "10.0.0.9";
      sname = "server";
      options =
        [
          Message_type DHCPOFFER;
          Server_identifier (ip "10.0.0.254");
          Subnet_mask (ip "255.255.255.0");
          Routers [ ip "10.0.0.254"; ip "10.0.0.253" ];
          Static_routes [ (ip "10.1.0.0", ip "10.0.0.1") ];
          Policy_filters [ Ipaddr.V4.Prefix.of_string_exn "10.2.0.0/16" ];
          Ip_lease_time 3600l;
          Domain_name "example.org";
          Ipforwarding true;
          Interface_mtu 1500;
          Pmtu_plateau_table [ 576; 1500 ];
          Default_ip_ttl 64;
          Rapid_commit;
          Client_id (Id "\x00name");
          Message (String.make 300 'x');
          Unassigned (RESERVED_230, "octets");
        ];
    }
  in
  [ buf_of_pkt discover; buf_of_pkt offer ]

(* The UDP checksum is made absent. *)
let dhcp_repair b =
  if Cstruct.length b >= 42 then begin
    ipv4_repair (Cstruct.shift b 14);
    Udp_wire.set_udp_checksum (Cstruct.shift b 34) 0
  end

(* Lengths, so that options are what varies. *)
let dhcp () =
  parser "Dhcp_wire" ~repair:dhcp_repair ~samples:dhcp_samples
    ~parse:(fun b -> Dhcp_wire.pkt_of_buf b (Cstruct.length b))
    ~marshal:Dhcp_wire.buf_of_pkt
    ~equal:(fun a b -> Cstruct.equal (Dhcp_wire.buf_of_pkt a) (Dhcp_wire.buf_of_pkt b))

let dhcp_options () =
  let options b = Cstruct.shift b (14 + 20 + 8 + Bootp_wire.sizeof) in
  parser "Dhcp_option_list"
    ~samples:(List.map options dhcp_samples)
    ~parse:(fun b -> Ok (Dhcp_option_list.parse b))
    ~marshal:(fun options -> text (Dhcp_option_list.to_string options))
    ~equal:(fun a b ->
        String.equal (Dhcp_option_list.to_string a) (Dhcp_option_list.to_string b))

let dns () =
  let name = Domain_name.of_string_exn in
  let record data = { Dns_record.name = name "example.org"; ttl = 60l; data } in
  let question = Dns_packet.query ~id:1 (name "www.example.org") Dns_wire.a in
  let soa =
    {
      Dns_record.nameserver = name "ns.example.org";
      hostmaster = name "me.example.org";
      serial = 1l;
      refresh = 2l;
      retry = 3l;
      expiry = 4l;
      minimum = 5l;
    }
  in
  let answers =
    [
      record (A (ip "192.0.2.1"));
      record (Aaaa dst6);
      record (Mx (10, name "mail.example.org"));
      record (Srv { priority = 1; weight = 2; port = 443; target = name "s.example.org" });
      record (Txt [ "one"; "two" ]);
      record (Other { kind = 99; klass = 1; octets = "octets" });
    ]
  in
  let compressed =
    hex
      "123481800001000200000000037777770765786d706c6573036f72670000010001\
       c00c0005000100000e10000603776562c010c02d000100010000003c0004c0000201"
  in
  let reply = { question with flags = 0x8180; answers; authority = [ record (Soa soa) ] } in
  parser "Dns_packet"
    ~samples:[ Dns_packet.marshal question; Dns_packet.marshal reply; compressed ]
    ~parse:(fun b ->
        Result.bind (Dns_packet.parse b) (fun p ->
            if Cstruct.length b < 2000 then Ok p else Error "too long to be marshalled"))
    ~marshal:Dns_packet.marshal ~equal:Dns_packet.equal

(* {2 Behaviour: what keeps state stays within its bounds} *)

let reassembly_flood () =
  let capacity = 64 * 1024 in
  let cache = ref (Fragments.Cache.empty capacity) and now = ref 0L in
  for _ = 1 to inputs do
    ignore (mutant [| Cstruct.empty |]);
    let off = Random.State.int Seeded.state 0x4000 land 0x3fff in
    let id = Random.State.int Seeded.state 50 in
    let header = { (ipv4_header Cstruct.empty) with id; off } in
    now := Int64.add !now 1_000_000L;
    let payload = Cstruct.create (8 * Random.State.int Seeded.state 180) in
    cache := fst (Fragments.process !cache !now header payload);
    check "over the capacity" (Fragments.Cache.weight !cache <= capacity)
  done

let arp_flood () =
  let state = ref (fst (Arp_handler.create ~ipaddr:(ip "10.0.0.2") mac)) in
  let samples = Array.of_list arp_samples in
  for i = 1 to inputs do
    let packet = mutant samples in
    let after, _, _ = Arp_handler.input !state packet in
    state := after;
    if i mod 100 = 0 then begin
      let after, requests, _ = Arp_handler.tick !state in
      state := after;
      check "too many entries" (List.length requests <= Arp_handler.max_learned)
    end
  done

let ndp_flood () =
  let state = ref (fst (Ndpv6.local ~now:0L ~random:Seeded.bytes mac)) in
  let sample message =
    let all = ip6 "ff02::1" in
    let parts = Icmpv6_packet.marshal ~src:src6 ~dst:all message in
    ipv6_packet ({ (ipv6_header 58) with dst = all }, Cstruct.concat parts)
  in
  let samples = Array.of_list (List.map sample icmpv6_messages) in
  for i = 1 to inputs do
    let now = Int64.mul (Int64.of_int i) 1_000_000L in
    let packet = mutant samples in
    (if Cstruct.length packet > 44 then
       let payload = Cstruct.shift packet 40 in
       let src = Ipv6_layout.source packet and dst = Ipv6_layout.destination packet in
       let proto = 58 and length = Cstruct.length payload in
       let pseudo = Ipv6_packet.Marshal.pseudoheader ~src ~dst ~proto length in
       Ipv6_layout.set_icmpv6_csum payload 0;
       Ipv6_layout.set_icmpv6_csum payload (Tcpip_checksum.ones_complement_list [ pseudo; payload ]));
    let after, outputs, _ = Ndpv6.handle ~now ~random:Seeded.bytes !state packet in
    List.iter (fun (_, size, fill) -> ignore (fill (Cstruct.create size))) outputs;
    state := if i mod 100 = 0 then fst (Ndpv6.tick ~now after) else after
  done;
  let most = 1 + Ndp_addresses.max_addresses in
  check "too many addresses" (List.length (Ndpv6.get_ip !state) <= most);
  check "too many prefixes" (List.length (Ndpv6.get_prefix !state) <= Ndp_routes.max_prefixes);
  check "too many routers" (List.length (Ndpv6.get_routers !state) <= Ndp_routes.max_routers)

let () =
  ethernet ();
  arp ();
  ipv4 ();
  icmpv4 ();
  udp ();
  ipv6 ();
  icmpv6 ();
  dhcp ();
  dhcp_options ();
  dns ();
  case "Fragments under a flood" reassembly_flood;
  case "Arp_handler under a flood" arp_flood;
  case "Ndpv6 under a flood" ndp_flood;
  Printf.printf "%d inputs, seed %d\n" (total ()) Seeded.seed
