(* packages: ethernet arp-mirage tcpip.ipv4 charrua-client charrua-client-mirage virtual-network *)

(* The DHCP client against a server that answers, refuses, or is silent. *)

open Lwt.Infix
open Case
open Dhcp_wire
module Time = Virtual_time.Time
module Eth = Ethernet.Make (Virtual_net)
module Arp4 = Arp.Make (Eth) (Time)
module Dhcp = Dhcp_client_mirage.Make (Seeded.Random) (Time) (Virtual_net)
module Ip = Dhcp_ipv4.Make (Dhcp) (Seeded.Random) (Virtual_time.Mclock) (Eth) (Arp4)

let ip = Ipaddr.V4.of_string_exn
let client_mac = Macaddr.of_string_exn "02:00:00:00:00:01"
let server_mac = Macaddr.of_string_exn "02:00:00:00:00:fe"
let server_ip = ip "10.0.0.254"
let second = Duration.of_sec 1

(* {2 A server} *)

type server = {
  net : Virtual_net.t;
  mutable silent : bool;
  mutable refuse : bool;
  mutable offered : Ipaddr.V4.t;
  mutable lease_s : int32;
  mutable heard : msgtype list;
}

let answer s (request : pkt) msgtype =
  {
    request with
    srcmac = server_mac;
    dstmac = (if request.flags = Broadcast then Macaddr.broadcast else request.srcmac);
    srcip = server_ip;
    dstip = (if request.flags = Broadcast then Ipaddr.V4.broadcast else request.ciaddr);
    srcport = server_port;
    dstport = client_port;
    op = BOOTREPLY;
    yiaddr = (if msgtype = DHCPNAK then Ipaddr.V4.any else s.offered);
    options =
      [
        Message_type msgtype;
        Server_identifier server_ip;
        Subnet_mask (ip "255.255.255.0");
        Routers [ server_ip ];
        Ip_lease_time s.lease_s;
      ];
  }

let serve s frame =
  match pkt_of_buf frame (Cstruct.length frame) with
  | Ok request when not s.silent ->
      let msgtype = Option.get (find_message_type request.options) in
      s.heard <- msgtype :: s.heard;
      let reply =
        match msgtype with
        | DHCPDISCOVER -> DHCPOFFER
        | _ -> if s.refuse then DHCPNAK else DHCPACK
      in
      Virtual_net.inject s.net (buf_of_pkt (answer s request reply));
      Lwt.return_unit
  | _ -> Lwt.return_unit

let server segment =
  Virtual_net.connect segment server_mac >|= fun net ->
  let offered = ip "10.0.0.15" in
  let s = { net; silent = false; refuse = false; offered; lease_s = 600l; heard = [] } in
  Lwt.async (fun () -> Lwt.map ignore (Virtual_net.listen net ~header_size:14 (serve s)));
  s

(* {2 A client: the devices as an application gets them} *)

let connected segment =
  Virtual_net.connect segment client_mac >>= fun net ->
  Dhcp.connect net >>= fun leases ->
  Eth.connect net >>= fun eth ->
  Arp4.connect eth >>= fun arp ->
  Ip.connect leases eth arp >|= fun address ->
  let drop ~src:_ ~dst:_ _ = Lwt.return_unit in
  let ipv4 = Ip.input address ~tcp:drop ~udp:drop ~default:(fun ~proto:_ -> drop) in
  let ipv6 _ = Lwt.return_unit in
  let input = Eth.input ~arpv4:(Arp4.input arp) ~ipv4 ~ipv6 eth in
  Lwt.async (fun () -> Lwt.map ignore (Virtual_net.listen net ~header_size:14 input));
  address

let scene ?conditions program () =
  Virtual_time.run ~limit_s:100_000 @@ fun () ->
  let segment = Virtual_net.segment ?conditions () in
  server segment >>= fun s -> program segment s

let has_address address expected =
  let show = Format.asprintf "%a" (Format.pp_print_list Ipaddr.V4.pp) in
  equal show "address" [ ip expected ] (Ip.get_ip address)

let simple segment s =
  connected segment >|= fun address ->
  has_address address "10.0.0.15";
  check "messages" (List.rev s.heard = [ DHCPDISCOVER; DHCPREQUEST ]);
  check "took a second" (Virtual_time.now_ns () < second)

let no_server segment s =
  s.silent <- true;
  Lwt.catch
    (fun () -> connected segment >|= fun _ -> failwith "an address from nowhere")
    (function
      | Failure why when why <> "an address from nowhere" ->
          check "took a minute" (Virtual_time.now_ns () < Duration.of_sec 60);
          check why (String.length why > 20);
          Lwt.return_unit
      | e -> Lwt.fail e)

let late_server segment s =
  s.silent <- true;
  Lwt.async (fun () -> Time.sleep_ns (Duration.of_sec 5) >|= fun () -> s.silent <- false);
  connected segment >|= fun address -> has_address address "10.0.0.15"

let renewal segment s =
  connected segment >>= fun address ->
  s.heard <- [];
  Time.sleep_ns (Duration.of_sec 2000) >|= fun () ->
  has_address address "10.0.0.15";
  check "renewals" (List.length s.heard >= 5 && List.length s.heard <= 7);
  check "only requests" (List.for_all (( = ) DHCPREQUEST) s.heard)

let refused segment s =
  connected segment >>= fun address ->
  s.refuse <- true;
  s.offered <- ip "10.0.0.16";
  Time.sleep_ns (Duration.of_sec 301) >>= fun () ->
  check "no new start after a refusal" (List.mem DHCPDISCOVER s.heard);
  s.refuse <- false;
  Time.sleep_ns (Duration.of_sec 30) >|= fun () -> has_address address "10.0.0.16"

let server_away segment s =
  connected segment >>= fun address ->
  s.silent <- true;
  Time.sleep_ns (Duration.of_sec 1000) >>= fun () ->
  s.silent <- false;
  s.offered <- ip "10.0.0.17";
  Time.sleep_ns (Duration.of_sec 70) >|= fun () -> has_address address "10.0.0.17"

let lossy segment _ = connected segment >|= fun address -> has_address address "10.0.0.15"

(* {2 The pure cores} *)

let schedule_is_bounded () =
  let t, events = Dhcp_schedule.start ~now:0L ~xid:7l client_mac in
  let rec count t sent =
    match Dhcp_schedule.deadline t with
    | None -> sent
    | Some now ->
        let t, events = Dhcp_schedule.tick t ~now in
        let sends = List.filter (function Dhcp_schedule.Send _ -> true | _ -> false) events in
        count t (sent + List.length sends)
  in
  equal string_of_int "requests" Dhcp_schedule.max_attempts (count t (List.length events))

let infinite_lease () =
  let t, _ = Dhcp_schedule.start ~now:0L ~xid:7l client_mac in
  let offer msgtype =
    let _, (discover : pkt) = Dhcp_client.create 7l client_mac in
    buf_of_pkt
      {
        discover with
        op = BOOTREPLY;
        yiaddr = ip "10.0.0.1";
        options =
          [ Message_type msgtype; Server_identifier server_ip; Ip_lease_time 0xffffffffl ];
      }
  in
  let t, _ = Dhcp_schedule.input t ~now:1L (offer DHCPOFFER) in
  let t, events = Dhcp_schedule.input t ~now:2L (offer DHCPACK) in
  check "used at once" (events = []);
  let t, events = Dhcp_schedule.tick t ~now:(Option.get (Dhcp_schedule.deadline t)) in
  check "bound" (match events with [ Bound _ ] -> true | _ -> false);
  let rec settled t =
    match Dhcp_schedule.deadline t with
    | None -> ()
    | Some now when now < Duration.of_sec 10 -> settled (fst (Dhcp_schedule.tick t ~now))
    | Some _ -> failwith "a deadline after the probes"
  in
  settled t

let foreign_answers () =
  let client, (discover : pkt) = Dhcp_client.create 7l client_mac in
  let options = [ Message_type DHCPOFFER; Server_identifier server_ip ] in
  let offer = { discover with op = BOOTREPLY; yiaddr = ip "10.0.0.1"; options } in
  let taken packet = Dhcp_client.input client (buf_of_pkt packet) <> `Noop in
  check "the right one" (taken offer);
  check "another transaction" (not (taken { offer with xid = 8l }));
  check "another station" (not (taken { offer with chaddr = server_mac }));
  check "no server" (not (taken { offer with options = [ Message_type DHCPOFFER ] }));
  check "no address" (not (taken { offer with yiaddr = Ipaddr.V4.any }))

(* What a client links reads as what everybody else does, and leaves the rest. *)
let basic_options () =
  let read = ref 0 in
  let check_one code value =
    match Dhcp_option_basic.of_code code value with
    | Some (Unassigned (code', value')) -> check "kept" (code' = code && value' = value)
    | option ->
        incr read;
        check "read otherwise" (option = Dhcp_option_read.of_code code value);
        let written option = Option.bind option Dhcp_option_basic.to_code in
        check "written otherwise"
          (written option = Option.bind option Dhcp_option_write.to_code)
  in
  for n = 1 to 254 do
    let one code = List.iter (fun size -> check_one code (Cstruct.to_string (Seeded.bytes size))) [ 0; 1; 2; 4; 8; 9 ] in
    Option.iter one (int_to_option_code n)
  done;
  check "nothing was read" (!read >= 60)

let () =
  case "the options of a client" basic_options;
  case "an address at once" (scene simple);
  case "no server: bounded, then said" (scene no_server);
  case "a server that comes late" (scene late_server);
  case "the lease is renewed, through the stack" (scene renewal);
  case "a refused renewal begins anew, with another address" (scene refused);
  case "the server is away until the lease is over" (scene server_away);
  case "a third of all frames lost"
    (scene ~conditions:{ Virtual_net.perfect with loss = 0.33 } lossy);
  case "requests without any answer are bounded" schedule_is_bounded;
  case "an infinite lease" infinite_lease;
  case "answers for others" foreign_answers
