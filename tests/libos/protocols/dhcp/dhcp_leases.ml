(* packages: charrua-client charrua-client-lwt tcpip virtual-network dhcp-simulation *)

(* How long a lease is believed, across pauses, and what goes with it. *)

open Lwt.Infix
open Case
open Dhcp_wire
open Dhcp_fixture

(* {2 Name servers} *)

let known () = Name_servers.known ~now:(Dhcp_host.Clock.elapsed_ns ())

let name_servers segment (s : Server.t) =
  let servers = [ ip "10.9.0.53"; ip "10.9.0.54" ] in
  s.extra <- Dns_servers (Ipaddr.V4.any :: servers) :: Server.usual;
  Dhcp_host.start segment >>= fun _ ->
  let expected = List.map (fun ip -> Ipaddr.V4 ip) servers in
  check "not told" (known () = expected);
  s.extra <- Server.usual;
  Time.sleep_ns (seconds 700) >>= fun () ->
  check "forgotten by a renewal that does not name them" (known () = expected);
  s.reply <- (fun _ _ _ -> []);
  Dhcp_host.Clock.hold (seconds 700);
  check "told after the end of the lease" (known () = []);
  Time.sleep_ns (seconds 700) >|= fun () -> check "told later" (known () = [])

(* {2 Time} *)

let boot_time segment (_ : Server.t) =
  Dhcp_host.start segment >|= fun host ->
  has host [ address ];
  let ms = Int64.to_int (Virtual_time.now_ns ()) / 1_000_000 in
  check (Printf.sprintf "an address after %d ms" ms) (ms <= 55)

let after_a_pause hold_s segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  Time.sleep_ns (seconds 30) >>= fun () ->
  s.reply <- (fun _ _ _ -> []);
  let spoken = ref [] in
  Virtual_net.watch segment (fun f ->
      match Server.source f with
      | Some source when source = address -> spoken := f :: !spoken
      | _ -> ());
  Dhcp_host.Clock.hold (seconds hold_s);
  Virtual_net.inject s.net (Server.arp Request Server.ip ~target:address);
  Virtual_net.inject s.net (Server.datagram address);
  Ip.write host ~src:address Server.ip `UDP (fun _ -> 0) [] >>= fun sent ->
  check "sent" (match sent with Error (`No_route _) -> true | _ -> false);
  Time.sleep_ns (seconds 5) >>= fun () ->
  check "spoke in the name of an address that is over" (!spoken = []);
  has host [];
  s.reply <- Server.good;
  Time.sleep_ns (seconds 70) >>= fun () ->
  has host [ address ];
  serves segment s

let short_pause segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  Dhcp_host.Clock.hold (seconds 400);
  serves segment s >>= fun () ->
  Time.sleep_ns (seconds 3) >>= fun () ->
  has host [ address ];
  equal string_of_int "renewed" 2 (count_of s DHCPREQUEST);
  Lwt.return_unit

let tiny_leases segment (s : Server.t) =
  s.lease_s <- 1l;
  Dhcp_host.start segment >>= fun host ->
  s.heard <- [];
  Time.sleep_ns (seconds 600) >>= fun () ->
  let requests = List.length s.heard in
  check (Printf.sprintf "%d requests in ten minutes" requests) (requests < 3000);
  s.lease_s <- 60l;
  Time.sleep_ns (seconds 10) >|= fun () -> has host [ address ]

let old_flows segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  s.offered <- ip "10.9.0.78";
  s.reply <-
    (fun s request -> function
       | DHCPREQUEST when request.ciaddr = address -> nak s request
       | msgtype -> Server.good s request msgtype);
  Time.sleep_ns (seconds 310) >>= fun () ->
  has host [ ip "10.9.0.78" ];
  Ip.write host ~src:address Server.ip `TCP (fun _ -> 0) [] >>= fun old ->
  check "sent from the old address" (match old with Error (`No_route _) -> true | _ -> false);
  answers segment s address >>= fun answered ->
  check "answers at the old address" (not answered);
  answers segment s (ip "10.9.0.78") >|= fun answered -> check "no answer at the new one" answered

let () =
  case "name servers, until the lease is over" (scene name_servers);
  case "time to the first address" (scene boot_time);
  case "a pause longer than the lease" (scene (after_a_pause 650));
  case "a pause of a day" (scene (after_a_pause 86_400));
  case "a pause shorter than the lease" (scene short_pause);
  case "leases of a second" (scene tiny_leases);
  case "flows of an address that was lost" (scene old_flows)
