(* packages: charrua-client-mirage charrua-server mirage-vnetif virtual-network virtual-stacks *)

(* The DHCP server and clients of ours, on a switch inside the program: leases over days of
   virtual time, stacks that talk over the addresses they were given. *)

open Lwt.Infix
open Case
module Backend = Basic_backend.Make
module Net = Vnetif.Make (Backend)
module Time = Virtual_time.Time
module Clock = Virtual_time.Mclock
module Random = Seeded.Random
module Eth = Ethernet.Make (Net)
module Arp4 = Arp.Make (Eth) (Time)
module Dhcp = Dhcp_client_mirage.Make (Random) (Time) (Net)
module Ip4 = Dhcp_ipv4.Make (Dhcp) (Random) (Clock) (Eth) (Arp4)
module Icmp4 = Icmpv4.Make (Ip4)
module Udp4 = Udp.Make (Ip4) (Random)
module Tcp4 = Tcp.Flow.Make (Ip4) (Time) (Clock) (Random)
module Stack = Tcpip_stack_direct.Make (Time) (Random) (Net) (Eth) (Arp4) (Ip4) (Icmp4) (Udp4) (Tcp4)
module Config = Dhcp_server.Config
module Lease = Dhcp_server.Lease
module Input = Dhcp_server.Input
module Fixed4 = Static_ipv4.Make (Random) (Clock) (Eth) (Arp4)

let ip = Ipaddr.V4.of_string_exn
let server_ip = ip "10.0.0.1"
let now_s () = Int32.of_int (Duration.to_sec (Virtual_time.now_ns ()))

type server = {
  config : Config.t;
  mutable leases : Lease.database;
  mutable heard : Dhcp_wire.msgtype list;
  mutable deaf : bool;
}

(* As an application does it: the whole interface is the server's. *)
let serve server net frame =
  let bytes = Cstruct.length frame in
  if server.deaf || not (Dhcp_wire.is_dhcp frame bytes) then Lwt.return_unit
  else
    match Dhcp_wire.pkt_of_buf frame bytes with
    | Error why -> failwith why
    | Ok packet -> (
        server.heard <- Option.get (Dhcp_wire.find_message_type packet.options) :: server.heard;
        match Input.input_pkt server.config server.leases packet (now_s ()) with
        | Silence -> Lwt.return_unit
        | Update leases ->
            server.leases <- leases;
            Lwt.return_unit
        | Reply (reply, leases) ->
            server.leases <- leases;
            Net.write net ~size:(14 + Net.mtu net) (Dhcp_wire.pkt_into_buf reply) >|= ignore
        | Warning why | Error why -> failwith why)

let server ?(last = 119) backend =
  Net.connect backend >|= fun net ->
  let config =
    Config.make ?hostname:None ~default_lease_time:600 ?max_lease_time:None ~hosts:[]
      ~addr_tuple:(server_ip, Net.mac net)
      ~network:(Ipaddr.V4.Prefix.of_string_exn "10.0.0.0/24")
      ~range:(Some (ip "10.0.0.100", Virtual_stacks.address4 last))
      ~options:[ Routers [ server_ip ]; Dns_servers [ server_ip ] ]
  in
  let server = { config; leases = Lease.make_db (); heard = []; deaf = false } in
  Lwt.async (fun () -> Net.listen net ~header_size:14 (serve server net) >|= ignore);
  server

let stack backend =
  Net.connect backend >>= fun net ->
  Dhcp.connect net >>= fun dhcp ->
  Eth.connect net >>= fun eth ->
  Arp4.connect eth >>= fun arp ->
  Ip4.connect dhcp eth arp >>= fun ip ->
  Icmp4.connect ip >>= fun icmp ->
  Udp4.connect ip >>= fun udp ->
  Tcp4.connect ip >>= fun tcp ->
  Stack.connect net eth arp ip icmp udp tcp >|= fun stack ->
  Lwt.async (fun () -> Stack.listen stack);
  stack

let address stack =
  match Ip4.get_ip (Stack.ipv4 stack) with
  | [ address ] -> address
  | addresses -> failwith (Printf.sprintf "%d addresses" (List.length addresses))

let rec echo flow =
  Tcp4.read flow >>= function
  | Ok (`Data data) -> Tcp4.write flow data >>= fun _ -> echo flow
  | Ok `Eof | Error _ -> Tcp4.close flow

let talk from into =
  Tcp4.create_connection (Stack.tcpv4 from) (address into, 7) >>= function
  | Error e -> failwith (Format.asprintf "%a" Tcp4.pp_error e)
  | Ok flow -> (
      Tcp4.write flow (Cstruct.of_string "hello") >>= fun _ ->
      Tcp4.read flow >>= function
      | Ok (`Data data) ->
          equal Fun.id "echo" "hello" (Cstruct.to_string data);
          Tcp4.close flow
      | Ok `Eof | Error _ -> failwith "no answer")

let several count f =
  Virtual_time.run ~limit_s:300_000 @@ fun () ->
  let backend = Backend.create () in
  server backend >>= fun server ->
  Lwt_list.map_p (fun _ -> stack backend) (List.init count Fun.id) >>= fun stacks ->
  f server stacks

let all_at_once () =
  several 20 @@ fun server stacks ->
  let addresses = List.map address stacks in
  equal string_of_int "addresses" 20 (List.length (List.sort_uniq Ipaddr.V4.compare addresses));
  equal string_of_int "leases" 20 (Lease.count server.leases);
  let first = List.hd stacks and last = List.nth stacks 19 in
  Stack.listen_tcpv4 last ~port:7 echo;
  talk first last

let a_day () =
  several 3 @@ fun server stacks ->
  let before = List.map address stacks in
  server.heard <- [];
  Time.sleep_ns (Duration.of_hour 24) >>= fun () ->
  check "the same addresses" (List.map address stacks = before);
  let requests = List.length (List.filter (( = ) Dhcp_wire.DHCPREQUEST) server.heard) in
  check (Printf.sprintf "%d renewals" requests) (requests > 3 * 200 && requests < 3 * 400);
  check "nothing but renewals" (List.for_all (( = ) Dhcp_wire.DHCPREQUEST) server.heard);
  let first = List.hd stacks and last = List.nth stacks 2 in
  Stack.listen_tcpv4 last ~port:7 echo;
  talk first last

let restarted () =
  several 2 @@ fun server stacks ->
  let before = List.map address stacks in
  server.leases <- Lease.make_db ();
  Time.sleep_ns (Duration.of_hour 1) >|= fun () ->
  check "a server that forgot everything keeps them" (List.map address stacks = before);
  equal string_of_int "leases" 2 (Lease.count server.leases)

let away () =
  several 1 @@ fun server stacks ->
  server.deaf <- true;
  Time.sleep_ns (Duration.of_sec 700) >>= fun () ->
  check "over" (Ip4.get_ip (Stack.ipv4 (List.hd stacks)) = []);
  server.deaf <- false;
  Time.sleep_ns (Duration.of_sec 700) >|= fun () ->
  ignore (address (List.hd stacks))

(* Somebody has taken all of the range by hand but one. *)
let declined () =
  Virtual_time.run ~limit_s:300_000 @@ fun () ->
  let backend = Backend.create () in
  server ~last:102 backend >>= fun server ->
  let squat n =
    Net.connect backend >>= fun net ->
    Eth.connect net >>= fun eth ->
    Arp4.connect eth >>= fun arp ->
    let cidr = Ipaddr.V4.Prefix.of_string_exn (Printf.sprintf "10.0.0.%d/24" n) in
    Fixed4.connect ~cidr eth arp >|= fun _ ->
    let drop _ = Lwt.return_unit in
    let input = Eth.input ~arpv4:(Arp4.input arp) ~ipv4:drop ~ipv6:drop eth in
    Lwt.async (fun () -> Net.listen net ~header_size:14 input >|= ignore)
  in
  Lwt_list.iter_p squat [ 100; 101 ] >>= fun () ->
  stack backend >>= fun stack ->
  Time.sleep_ns (Duration.of_min 10) >|= fun () ->
  let declined = List.length (List.filter (( = ) Dhcp_wire.DHCPDECLINE) server.heard) in
  equal Ipaddr.V4.to_string (Printf.sprintf "after %d declines" declined) (ip "10.0.0.102") (address stack)

let () =
  case "twenty clients at once, and TCP between them" all_at_once;
  case "a day" a_day;
  case "a server that starts again" restarted;
  case "a server that is away" away;
  case "addresses that are somebody's" declined
