(* packages: charrua-client charrua-client-lwt tcpip virtual-network dhcp-simulation *)

(* Answers of DHCP servers that are partial or make no sense, at renewals and at boot, and what
   becomes of a host that has or wants an address. *)

open Lwt.Infix
open Case
open Dhcp_wire
open Dhcp_fixture

let outside = ip "192.0.2.1"

(* {2 Renewals} *)

let changed change s request msgtype =
  match msgtype with
  | DHCPREQUEST -> [ buf_of_pkt (change (Server.answer s request DHCPACK)) ]
  | _ -> Server.good s request msgtype

let only_basics (p : pkt) =
  let basic = function
    | Message_type _ | Server_identifier _ | Ip_lease_time _ -> true
    | _ -> false
  in
  { p with options = List.filter basic p.options }

let with_options more (p : pkt) =
  let p = only_basics p in
  { p with options = p.options @ more }

let odd code value = Unassigned (code, value)

let nonsense =
  [
    ("a router off the link", with_options [ List.hd Server.usual; Routers [ ip "10.8.0.1" ] ]);
    ("only what must be there", only_basics);
    ("a router that is no host", with_options [ Routers [ Ipaddr.V4.any; Ipaddr.V4.broadcast ] ]);
    ("the host as its router", with_options [ Routers [ address ] ]);
    ("a mask with a hole", with_options [ odd SUBNET_MASK "\xff\x00\xff\x00" ]);
    ("a mask of nothing", with_options [ odd SUBNET_MASK "\x00\x00\x00\x00" ]);
    ("a mask of three bytes", with_options [ odd SUBNET_MASK "\xff\xff\xff" ]);
    ("a router of three bytes", with_options [ odd ROUTERS "\x0a\x09\x00" ]);
    ("routes that are cut off", with_options [ odd CLASSLESS_STATIC_ROUTE "\x18\x0a\x09" ]);
    ("an MTU of four bytes", with_options [ odd INTERFACE_MTU "\x00\x00\x05\xdc" ]);
    ("no time servers", with_options [ odd NTP_SERVERS "" ]);
    ("T1 after T2 after the end", with_options [ Renewal_t1 9000l; Rebinding_t2 8000l ]);
    ("T1 at once", with_options [ Renewal_t1 0l ]);
    ("T2 at once", with_options [ Rebinding_t2 0l ]);
    ("another address", fun p -> { p with yiaddr = ip "10.9.0.78" });
    ("the address 0", fun p -> { p with yiaddr = Ipaddr.V4.any });
    ("the address of all", fun p -> { p with yiaddr = Ipaddr.V4.broadcast });
    ("a group's address", fun p -> { p with yiaddr = ip "224.0.0.9" });
    ("the network's address", fun p -> { p with yiaddr = ip "10.9.0.0" });
    ("a lease of nothing", with_options [ odd IP_LEASE_TIME "\x00\x00\x00\x00" ]);
    ("a lease of three bytes", fun p ->
        { p with options = [ Message_type DHCPACK; Server_identifier Server.ip; odd IP_LEASE_TIME "\x00\x01\x00" ] });
    ("another server", fun p ->
        { p with options = [ Message_type DHCPACK; Server_identifier (ip "10.9.0.2"); Ip_lease_time 600l ] });
    ("no server", fun p -> { p with options = [ Message_type DHCPACK; Ip_lease_time 600l ] });
    ("for another client", fun p -> { p with options = p.options @ [ Client_id (Id "somebody") ] });
    ("no options at all", fun p -> { p with options = [] });
  ]

(* The lease is ten minutes, and the answers begin at five: whatever they hold, the
   host goes on as it was told at first, for as long as that lasts. *)
let renewal (what, change) =
  case ("a renewal's answer: " ^ what)
    (scene @@ fun segment s ->
     Dhcp_host.start segment >>= fun host ->
     s.reply <- changed change;
     let before = List.length s.heard in
     Time.sleep_ns (seconds 450) >>= fun () ->
     has host [ address ];
     serves segment s >>= fun () ->
     asks_for segment host (ip "10.9.0.200") >>= fun asked ->
     check "the network was forgotten" (List.mem (ip "10.9.0.200") asked);
     Ip.write host outside `UDP (fun _ -> 0) [] >>= fun sent ->
     check "the router was forgotten" (Result.is_ok sent);
     Time.sleep_ns (seconds 2000) >>= fun () ->
     let requests = List.length s.heard - before in
     check (Printf.sprintf "%d requests in 41 minutes" requests) (requests >= 2 && requests < 150);
     s.reply <- Server.good;
     Time.sleep_ns (seconds 700) >>= fun () ->
     has host [ address ];
     serves segment s)

(* {2 First answers} *)

let first_boot extra program =
  scene @@ fun segment s ->
  s.extra <- extra;
  Dhcp_host.start segment >>= fun host -> program segment s host

let mask = List.hd Server.usual

let next_hop what expected dst extra =
  case what
    (first_boot extra @@ fun segment _ host ->
     asks_for segment host dst >|= fun asked ->
     equal (Format.asprintf "%a" (Format.pp_print_list Ipaddr.V4.pp)) "asked" [ ip expected ] asked)

let routes text = odd CLASSLESS_STATIC_ROUTE text
let default_by_254 = routes "\x00\x0a\x09\x00\xfe"

let several =
  routes
    ("\x10\xc0\x02\x0a\x09\x00\x02" ^ "\x18\xc0\x02\x00\x0a\x09\x00\x03"
     ^ "\x20\xc0\x02\x00\x05\x00\x00\x00\x00" ^ "\x19\x0a\x09\x00\x80\x0a\x09\x00\x04"
     ^ "\x00\x0a\x09\x00\xfe")

let routing () =
  next_hop "a router of option 3" "10.9.0.1" outside Server.usual;
  next_hop "a route of option 121" "10.9.0.254" outside [ mask; default_by_254 ];
  next_hop "options 121 and 3" "10.9.0.254" outside [ default_by_254; mask; Routers [ Server.ip ] ];
  next_hop "the longest of several routes" "10.9.0.3" (ip "192.2.0.1") [ mask; several ];
  next_hop "a shorter one" "10.9.0.2" (ip "192.2.9.9") [ mask; odd CLASSLESS_STATIC_ROUTE "\x10\xc0\x02\x0a\x09\x00\x02" ];
  next_hop "a route to one host on the link" "192.2.0.5" (ip "192.2.0.5") [ mask; several ];
  next_hop "a route inside the network" "10.9.0.4" (ip "10.9.0.129") [ mask; several ];
  next_hop "the network beside it" "10.9.0.99" (ip "10.9.0.99") [ mask; several ];
  next_hop "the default route among several" "10.9.0.254" (ip "198.51.100.1") [ mask; several ];
  next_hop "routes cut off, and option 3" "10.9.0.1" outside
    [ mask; Routers [ Server.ip ]; routes "\x18\xc0\x02" ];
  next_hop "a prefix of 33 bits, and option 3" "10.9.0.1" outside
    [ mask; Routers [ Server.ip ]; routes "\x21\xc0\x02\x00\x05\x00\x0a\x09\x00\x02" ];
  next_hop "option 249" "10.9.0.254" outside
    [ mask; odd PRIVATE_CLASSLESS_STATIC_ROUTE "\x00\x0a\x09\x00\xfe" ];
  next_hop "option 121 in two pieces" "10.9.0.254" outside
    [ mask; routes "\x00\x0a\x09"; routes "\x00\xfe" ];
  next_hop "a router outside a network of one" "10.0.0.1" outside
    [ odd SUBNET_MASK "\xff\xff\xff\xff"; Routers [ ip "10.0.0.1" ] ];
  next_hop "a router outside the network" "10.8.0.1" outside [ mask; Routers [ ip "10.8.0.1" ] ];
  next_hop "the first router on the link" "10.9.0.2" outside
    [ mask; Routers [ ip "10.8.0.1"; ip "10.9.0.2" ] ];
  next_hop "no mask and no router" "10.200.0.1" (ip "10.200.0.1") []

let useless =
  [
    ("an empty option", odd NTP_SERVERS ""); ("an MTU of four bytes", odd INTERFACE_MTU "\x00\x00\x05\xdc");
    ("a name server of five bytes", odd DNS_SERVERS "\x0a\x09\x00\x01\x07");
    ("a router of two bytes", odd ROUTERS "\x0a\x09"); ("a flag of 7", odd IPFORWARDING "\x07");
    ("an unknown option", odd MISC_150 (String.make 255 'x'));
    ("a long option", odd DOMAIN_SEARCH (String.make 700 'y'));
  ]

let ignored (what, option) =
  case ("an offer with " ^ what)
    (first_boot (option :: mask :: [ Hostname "guest" ]) @@ fun segment s host ->
     has host [ address ];
     serves segment s)

(* Byte 43 + 240 is where the options begin. *)
let overloaded () =
  case "options in the fields of names"
    (scene @@ fun segment s ->
     let overload frame =
       let message = Cstruct.shift frame 42 in
       let write at text = Cstruct.blit_from_string text 0 message at (String.length text) in
       let own = Printf.sprintf "\x35\x01%c\x36\x04\x0a\x09\x00\x01\x33\x04\x00\x00\x02\x58\x34\x01\x03\xff" in
       fun msgtype ->
         write 240 (own msgtype);
         write 108 "\x01\x04\xff\xff\xff\x00\x03\x02\x0a\x09\xff";
         write 44 "\x03\x02\x00\xfe\xff";
         frame
     in
     (* Without its checksum, which UDP may leave out. *)
     let unsummed frame =
       Cstruct.BE.set_uint16 frame 40 0;
       frame
     in
     s.extra <- [];
     s.reply <-
       (fun s request msgtype ->
          let msgtype = if msgtype = DHCPDISCOVER then DHCPOFFER else DHCPACK in
          let frame = buf_of_pkt { (Server.answer s request msgtype) with options = [] } in
          [ unsummed (overload frame (Char.chr (msgtype_to_int msgtype))) ]);
     Dhcp_host.start segment >>= fun host ->
     has host [ address ];
     asks_for segment host outside >|= fun asked ->
     check "the router of two pieces" (asked = [ ip "10.9.0.254" ]))

let () =
  List.iter renewal nonsense;
  routing ();
  List.iter ignored useless;
  overloaded ()
