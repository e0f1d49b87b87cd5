(* packages: charrua-server virtual-network *)

(* What a DHCP server is configured from: dhcpd.conf, s-expressions, arguments. *)

open Case
module Config = Dhcp_server.Config
module Lease = Dhcp_server.Lease

let ip = Ipaddr.V4.of_string_exn
let own = (ip "192.168.1.5", Macaddr.of_string_exn "02:00:00:00:00:05")

let file =
  {|# A remark; with a semicolon
option domain-name "a \"b\"";  option domain-name-servers 8.8.8.8, 9.9.9.9;
authoritative;
ddns-update-style none;
default-lease-time 1000;
host elsewhere { hardware ethernet 2:0:0:0:0:7; fixed-address 10.7.0.1; }
subnet 10.7.0.0 netmask 255.255.0.0 {}
subnet 192.168.1.0 netmask 255.255.255.0 {
  range 192.168.1.70 192.168.1.100;
  option routers 192.168.1.1;
  option domain-name "here";
  max-lease-time 5000;
  host printer {
    hardware ethernet 0:1:c0:5d:bd:95;
    fixed-address 192.168.1.9;
    option host-name "p";
  }
}
|}

let parsed () =
  let config = Config.parse file own in
  check "times" (config.default_lease_time = 1000l && config.max_lease_time = 5000l);
  check "range" (config.range = Some (ip "192.168.1.70", ip "192.168.1.100"));
  check "own" (config.ip_addr = fst own && config.mac_addr = snd own);
  let told = Dhcp_server.Input.collect_replies_test config (Macaddr.of_string_exn "00:01:c0:5d:bd:95") in
  check "options"
    (told [ DNS_SERVERS; DOMAIN_NAME; HOSTNAME; SUBNET_MASK ]
     = [ Subnet_mask (ip "255.255.255.0"); Dns_servers [ ip "8.8.8.8"; ip "9.9.9.9" ]; Domain_name "here"; Hostname "p" ]);
  equal string_of_int "hosts of this network" 1 (List.length config.hosts);
  check "no subnet" (match Config.parse file (ip "172.16.0.1", snd own) with
      | _ -> false
      | exception Not_found -> true);
  let other = Config.parse file (ip "10.7.3.3", snd own) in
  check "another subnet" (other.range = None && List.length other.hosts = 1)

let refused text words () =
  match Config.parse text own with
  | _ -> failwith "accepted"
  | exception Failure why ->
      List.iter (fun word ->
          let n = String.length word in
          let rec at i = i + n <= String.length why && (String.sub why i n = word || at (i + 1)) in
          check (Printf.sprintf "%S is not in %S" word why) (at 0)) words

let subnet inside = "subnet 192.168.1.0 netmask 255.255.255.0 {\n" ^ inside ^ "\n}\n"

let wrong_files =
  [
    ("sub net 1.1.1.1;", [ "line 1"; "sub net" ]);
    (subnet "range 1.2.3;", [ "line 2"; "1.2.3" ]);
    (subnet "range 192.168.1.9", [ "line 3"; "; is missing" ]);
    ("\n\nsubnet 192.168.1.0 netmask 255.255.255.0 { range 192.168.1.9;", [ "line 3"; "} is missing" ]);
    (subnet "option routers;", [ "line 2"; "routers"; "at least one" ]);
    (subnet "option colour 7;", [ "line 2"; "colour" ]);
    (subnet "option interface-mtu 70000;", [ "line 2"; "70000" ]);
    (subnet "option domain-name \"x;", [ "line 2"; "no end" ]);
    (subnet "host x { hardware token-ring 1; }", [ "line 2"; "in a host" ]);
    (subnet "host x { fixed-address 192.168.1.7; }", [ "host x"; "hardware" ]);
    ("}", [ "line 1" ]);
    ("subnet 192.168.1.0 netmask 255.0.255.0 {}", [ "line 1"; "netmask" ]);
    ("default-lease-time soon;", [ "line 1"; "soon" ]);
  ]

(* Whatever the text, one of the exceptions that are told of. *)
let strange () =
  let pieces =
    [| "subnet"; "192.168.1.0"; "netmask"; "255.255.255.0"; "{"; "}"; ";"; ","; "\""; "host"; "x"; "option";
       "routers"; "range"; "192.168.1.3"; "\n"; "#"; "hardware"; "ethernet"; "1:2:3:4:5:6"; "\\"; "max-lease-time" |] in
  for _ = 1 to 50_000 do
    let piece _ = pieces.(Random.State.int Seeded.state (Array.length pieces)) in
    let text = String.concat " " (List.init (Random.State.int Seeded.state 30) piece) in
    match Config.parse text own with
    | _ -> ()
    | exception (Failure _ | Not_found | Invalid_argument _) -> ()
  done

let sexps () =
  let config = Config.parse file own in
  check "configuration" (Config.t_of_sexp (Config.sexp_of_t config) = config);
  let lease = Lease.make_fixed (snd own) (ip "192.168.1.9") ~duration:100l ~now:5l in
  check "lease" (Lease.t_of_sexp (Lease.sexp_of_t lease) = lease);
  let options : Dhcp_wire.dhcp_option list =
    [ Pad; End; Rapid_commit; Static_routes [ (ip "1.2.3.4", ip "5.6.7.8") ]; Ipforwarding true; Time_offset (-1l);
      Parameter_requests [ ROUTERS; END ]; Client_id (Id "\x00\xff"); Client_id (Hwaddr (snd own)); Unassigned (UNASSIGNED_84, "x");
      Pmtu_plateau_table [ 1; 2 ]; Message_type DHCPACK; Policy_filters [ Ipaddr.V4.Prefix.of_string_exn "10.0.0.0/8" ] ] in
  List.iter (fun option ->
      check (Dhcp_wire.dhcp_option_to_string option)
        (Dhcp_wire.dhcp_option_of_sexp (Dhcp_wire.sexp_of_dhcp_option option) = option)) options;
  equal Fun.id "as ppx_sexp_conv writes it" "(Static_routes((1.2.3.4 5.6.7.8)))"
    (Sexplib0.Sexp.to_string_mach (Dhcp_wire.sexp_of_dhcp_option (List.nth options 3)));
  (* All that there are: read from octets of every length, if they make sense. *)
  for code = 1 to 254 do
    let value n = String.make n '\001' in
    List.iter (fun n ->
        let octets = Printf.sprintf "%c%c%s" (Char.chr code) (Char.chr n) (value n) in
        let buffer = Cstruct.of_string octets in
        List.iter (fun option ->
            check (Dhcp_wire.dhcp_option_to_string option)
              (Dhcp_wire.dhcp_option_of_sexp (Dhcp_wire.sexp_of_dhcp_option option) = option))
          (Dhcp_wire.options_of_buf buffer (2 + n)))
      [ 0; 1; 2; 4; 8 ]
  done;
  (match Dhcp_wire.dhcp_option_of_sexp (Atom "Nonsense") with
   | _ -> failwith "accepted"
   | exception Sexplib0.Sexp.Of_sexp_error _ -> ())

let made_wrongly () =
  let make ?(range = None) ?(hosts = []) ?(lease = 10) address =
    match
      Config.make ?hostname:None ~default_lease_time:lease ?max_lease_time:None ~hosts
        ~addr_tuple:(ip address, snd own) ~network:(Ipaddr.V4.Prefix.of_string_exn "10.0.0.0/24") ~range ~options:[]
    with
    | _ -> failwith "accepted"
    | exception Invalid_argument _ -> ()
  in
  make "10.1.0.1";
  make ~range:(Some (ip "10.0.0.9", ip "10.0.1.9")) "10.0.0.1";
  make ~range:(Some (ip "10.0.0.9", ip "10.0.0.8")) "10.0.0.1";
  make ~lease:0 "10.0.0.1";
  make ~hosts:[ { hostname = "x"; options = []; fixed_addr = Some (ip "1.1.1.1"); hw_addr = snd own } ] "10.0.0.1"

let () =
  case "a file" parsed;
  List.iter (fun (text, words) -> case (String.escaped text) (refused text words)) wrong_files;
  case "strange files" strange;
  case "s-expressions" sexps;
  case "wrong arguments" made_wrongly
