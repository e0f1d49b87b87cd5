(* packages: tcpip virtual-network dhcp-simulation *)

(* A DHCP server that says anything at any time, in virtual time.

   Each run has a number, from which all chance in it comes: STACK_RUN=n repeats one.
   STACK_RUNS (100,000) is how many there are, STACK_SEED shifts them. In each, a server
   answers well, wrongly, late, twice or not at all, other stations claim the address,
   and the clock jumps. Then the server is a good one.

   Properties: nothing is raised; the host sends a bounded number of packets in every
   second and every minute; it speaks in the name of no address whose lease is over; with
   a good server it has an address in the end, and serves it. *)

open Lwt.Infix
open Case
open Seeded_runs
open Dhcp_wire
module Time = Virtual_time.Time
module Server = Dhcp_played_server
module Ip = Dhcp_host.Ip

let seconds = Duration.of_sec
let most_in_a_second = 14
let most_in_a_minute = 160

(* {2 What has been granted: the latest end of the leases of each address} *)

type observer = {
  mutable granted : (Ipaddr.V4.t * int64) list;
  mutable sent : int64 list;  (** when the host sent DHCP and ARP requests, latest first *)
}

let now = Dhcp_host.Clock.elapsed_ns

let default_s = 3600L

let lease_s (p : pkt) =
  let length = function Ip_lease_time s -> Some (Int64.logand (Int64.of_int32 s) 0xffff_ffffL) | _ -> None in
  Option.value (List.find_map length p.options) ~default:default_s

let grant o (p : pkt) =
  let earlier = Option.value (List.assoc_opt p.yiaddr o.granted) ~default:0L in
  let length = if lease_s p = 0xffff_ffffL then 1_000_000L else lease_s p in
  let until = Int64.add (now ()) (Int64.mul (Int64.add length 10L) (seconds 1)) in
  o.granted <- (p.yiaddr, max earlier until) :: List.remove_assoc p.yiaddr o.granted

let watch_grant o frame =
  match pkt_of_buf frame (Cstruct.length frame) with
  | Ok ({ op = BOOTREPLY; _ } as p) when find_message_type p.options = Some DHCPACK -> grant o p
  | Ok _ | Error _ -> ()

let within ns o = List.length (List.filter (fun at -> Int64.sub (now ()) at < ns) o.sent)

let count_request o =
  o.sent <- now () :: List.filteri (fun i _ -> i < 2 * most_in_a_minute) o.sent;
  check "too many packets in a second" (within (seconds 1) o <= most_in_a_second);
  check "too many packets in a minute" (within (seconds 60) o <= most_in_a_minute)

let in_nobodys_name ip = Ipaddr.V4.compare ip Ipaddr.V4.any = 0

let speaks o ip =
  if not (in_nobodys_name ip) then
    match List.assoc_opt ip o.granted with
    | Some until when until > now () -> reach "spoke"
    | Some _ -> failwith (Ipaddr.V4.to_string ip ^ " is used, and its lease is over")
    | None -> failwith (Ipaddr.V4.to_string ip ^ " is used, and nobody gave it")

let from_host frame =
  Macaddr.compare (Macaddr.of_octets_exn (Ethernet_wire.copy_ethernet_src frame)) Dhcp_host.mac = 0

let told frame =
  let what =
    match (pkt_of_buf frame (Cstruct.length frame), Server.arp_of frame) with
    | Ok p, _ -> pkt_to_string p
    | Error _, Some p -> Format.asprintf "%a" Arp_packet.pp p
    | Error why, None -> why
  in
  Printf.printf "%12.6f %s\n" (Int64.to_float (now ()) /. 1e9) what

let watch o frame =
  if only >= 0 then told frame;
  if from_host frame then begin
    Option.iter (speaks o) (Server.source frame);
    match Server.arp_of frame with
    | Some { operation = Request; _ } -> count_request o
    | Some _ -> ()
    | None -> if Server.is_dhcp frame then count_request o
  end
  else watch_grant o frame

(* {2 A server that says anything} *)

let any_address () =
  pick_of
    [ Ipaddr.V4.any; Ipaddr.V4.broadcast; Ipaddr.V4.of_string_exn "224.0.0.5"; Server.ip;
      Ipaddr.V4.of_string_exn "10.9.0.0"; Ipaddr.V4.of_string_exn "10.9.0.255";
      Ipaddr.V4.of_string_exn "127.0.0.1"; Ipaddr.V4.of_string_exn "10.9.0.78";
      Ipaddr.V4.of_string_exn "10.9.0.77"; Ipaddr.V4.of_string_exn "192.0.2.7" ]

let any_octets () = String.init (below 12) (fun _ -> Char.chr (below 256))
let any_time () = pick_of [ 0l; 1l; 2l; 7l; 60l; 600l; 86_400l; 0xffff_ffffl; 0x7fff_ffffl ]

let any_option () =
  match below 9 with
  | 0 -> Routers [ any_address () ]
  | 1 -> Subnet_mask (Ipaddr.V4.of_int32 (int32 Int32.max_int))
  | 2 -> Renewal_t1 (any_time ())
  | 3 -> Rebinding_t2 (any_time ())
  | 4 -> Dns_servers [ any_address (); any_address () ]
  | 5 -> Client_id (Id "other")
  | 6 -> Option_overload (below 5)
  | _ -> Unassigned (pick_of [ CLASSLESS_STATIC_ROUTE; ROUTERS; SUBNET_MASK; DNS_SERVERS; MESSAGE_TYPE;
                               SERVER_IDENTIFIER; IP_LEASE_TIME; INTERFACE_MTU; NTP_SERVERS ], any_octets ())

let kinds = [ DHCPOFFER; DHCPACK; DHCPNAK; DHCPACK; DHCPNAK; DHCPDECLINE; DHCPFORCERENEW ]

let flip frame =
  for _ = 0 to below 4 do
    let at = 42 + below (Cstruct.length frame - 42) in
    Cstruct.set_uint8 frame at (below 256)
  done;
  Cstruct.BE.set_uint16 frame 40 0;
  frame

let mutated (p : pkt) =
  match below 9 with
  | 0 -> buf_of_pkt { p with xid = Int32.of_int (below 1000) }
  | 1 -> buf_of_pkt { p with yiaddr = any_address () }
  | 2 -> buf_of_pkt { p with options = List.filter (fun _ -> with_probability 0.5) p.options }
  | 3 | 4 -> buf_of_pkt { p with options = p.options @ [ any_option (); any_option () ] }
  | 5 -> buf_of_pkt { p with options = any_option () :: p.options }
  | 6 -> buf_of_pkt { p with chaddr = Server.mac }
  | 7 -> flip (buf_of_pkt p)
  | _ ->
      let replace = function Server_identifier _ -> Server_identifier (any_address ()) | o -> o in
      buf_of_pkt { p with options = List.map replace p.options }

let usual_answer msgtype = if msgtype = DHCPDISCOVER then DHCPOFFER else DHCPACK

let say s delay frame =
  let again = if with_probability 0.1 then 1 + below 20 else 1 in
  Lwt.async (fun () ->
      Time.sleep_ns delay >|= fun () ->
      for _ = 1 to again do
        Virtual_net.inject s.Server.net frame
      done)

let longest_delay = seconds 20

let any_delay () =
  if with_probability 0.7 then 0L
  else Int64.of_int (below (pick_of [ 1_000_000; 1_000_000_000; Int64.to_int longest_delay ]))

let anything s (request : pkt) msgtype =
  s.Server.lease_s <- (if with_probability 0.2 then any_time () else pick_of [ 5l; 20l; 60l ]);
  if with_probability 0.1 then s.offered <- any_address ();
  let kind = if with_probability 0.7 then usual_answer msgtype else pick_of kinds in
  if with_probability 0.8 then begin
    reach (msgtype_to_string kind);
    let p = Server.answer s request kind in
    say s (any_delay ()) (if with_probability 0.4 then mutated p else buf_of_pkt p)
  end;
  []

(* {2 What happens besides} *)

let claim s =
  let mac = Macaddr.of_string_exn "02:00:00:00:00:66" in
  let operation = pick_of [ Arp_packet.Request; Reply ] in
  Virtual_net.inject s.Server.net
    (if with_probability 0.5 then Server.arp ~mac operation s.offered
     else Server.arp ~mac operation (any_address ()) ~target:s.offered)

let unasked s =
  match s.Server.heard with
  | (_, request, _) :: _ ->
      let p = Server.answer s request (pick_of kinds) in
      say s 0L (if with_probability 0.5 then mutated p else buf_of_pkt p)
  | [] -> ()

let talk_to s ip =
  Virtual_net.inject s.Server.net (Server.arp Request Server.ip ~target:ip);
  Virtual_net.inject s.Server.net (Server.datagram ip)

let happening s host =
  match below 8 with
  | 0 -> reach "claim"; claim s
  | 1 -> unasked s
  | 2 ->
      reach "pause";
      Dhcp_host.Clock.hold (seconds (pick_of [ 1; 10; 60; 86_400 ]));
      talk_to s s.offered
  | 3 | 4 | 5 -> talk_to s (pick_of [ s.offered; any_address () ])
  | _ ->
      let src = match host with Some h -> (match Ip.get_ip h with ip :: _ -> Some ip | [] -> None) | None -> None in
      Option.iter (fun h -> Lwt.async (fun () -> Lwt.map ignore (Ip.write h ?src Server.ip `UDP (fun _ -> 0) []))) host

let rec happen s host n =
  if n = 0 then Lwt.return_unit
  else
    Time.sleep_ns (Int64.of_int (below (pick_of [ 1_000_000; 3_000_000_000; 30_000_000_000 ]))) >>= fun () ->
    let host = match Lwt.state host with Return h -> Some h | _ -> None in
    happening s host;
    happen s (match host with Some h -> Lwt.return h | None -> fst (Lwt.wait ())) (n - 1)

(* {2 Runs} *)

let longest_lease = seconds 90_000

let settle s host o =
  s.Server.reply <- Server.good;
  s.lease_s <- 600l;
  s.offered <- Ipaddr.V4.of_string_exn "10.9.0.77";
  let rec until n =
    match Ip.get_ip host with
    | [ ip ] when Ipaddr.V4.compare ip s.offered = 0 -> Lwt.return_unit
    | ips when n = 0 ->
        let show = Format.asprintf "%a" (Format.pp_print_list Ipaddr.V4.pp) in
        failwith (Printf.sprintf "no address of a good server, but \"%s\"" (show ips))
    | _ -> Time.sleep_ns (seconds 10) >>= fun () -> until (n - 1)
  in
  Time.sleep_ns longest_delay >>= fun () ->
  let ends = List.fold_left (fun latest (_, until) -> max latest until) 0L o.granted in
  let left = Int64.sub ends (now ()) in
  if left > longest_lease then Lwt.return (reach "has a lease without end")
  else (
    Dhcp_host.Clock.hold (max 0L left);
    until 40 >|= fun () -> reach "settled")

let run_of segment s o =
  if with_probability 0.3 then s.Server.reply <- anything;
  s.lease_s <- pick_of [ 5l; 20l; 60l ];
  let host = Dhcp_host.start segment in
  let storms = happen s host (4 + below 12) in
  let ended = ref false in
  let grow_bad () = if not !ended then s.reply <- anything in
  Lwt.async (fun () -> Time.sleep_ns (seconds (below 40)) >|= grow_bad);
  storms >>= fun () ->
  ended := true;
  match Lwt.state host with
  | Return host -> settle s host o
  | Fail _ -> Lwt.return (reach "gave up at boot")
  | Sleep -> Lwt.return (reach "not yet")

let run () =
  Dhcp_host.reseed (number ());
  Dhcp_host.Clock.reset ();
  let raised = ref None in
  Lwt.async_exception_hook := (fun e ->
      if only >= 0 then print_endline (Printexc.to_string e);
      if !raised = None then raised := Some e);
  Virtual_time.run ~limit_s:1_000_000 (fun () ->
      let segment = Virtual_net.segment () in
      let o = { granted = []; sent = [] } in
      Virtual_net.watch segment (watch o);
      Server.start segment >>= fun s -> Lwt.catch (fun () -> run_of segment s o) Lwt.fail);
  Option.iter raise !raised

let () =
  all "a server that says anything" run;
  reached
    [ "spoke"; "settled"; "gave up at boot"; "pause"; "claim"; "DHCPNAK"; "DHCPACK" ]
