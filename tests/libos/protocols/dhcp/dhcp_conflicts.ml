(* packages: charrua-client charrua-client-lwt tcpip virtual-network dhcp-simulation *)

(* Servers that refuse, strangers that answer, and addresses that somebody else has. *)

open Lwt.Infix
open Case
open Dhcp_wire
open Dhcp_fixture

(* {2 Refusals and storms} *)

let sent_within s ~from ~until =
  List.length (List.filter (fun (at, _, _) -> at >= from && at < until) s.Server.heard)

let refused_at_boot segment (s : Server.t) =
  s.reply <-
    (fun s request -> function
       | DHCPREQUEST -> nak s request
       | msgtype -> Server.good s request msgtype);
  Lwt.catch
    (fun () -> Dhcp_host.start segment >|= fun _ -> failwith "bound")
    (fun e ->
       check (Printexc.to_string e) (e <> Failure "bound");
       check "given up late" (Virtual_time.now_ns () < seconds 60);
       check "given up early" (Virtual_time.now_ns () > seconds 20);
       equal string_of_int "requests" 12 (List.length s.heard);
       Lwt.return_unit)

let refused_later segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  s.reply <-
    (fun s request -> function
       | DHCPREQUEST -> nak s request
       | msgtype -> Server.good s request msgtype);
  Time.sleep_ns (seconds 301) >>= fun () ->
  has host [];
  answers segment s address >>= fun answered ->
  check "an address that was taken back is used" (not answered);
  let from = Virtual_time.now_ns () in
  Time.sleep_ns (seconds 3600) >>= fun () ->
  let requests = sent_within s ~from ~until:(Virtual_time.now_ns ()) in
  check (Printf.sprintf "%d requests in an hour" requests) (requests > 60 && requests < 200);
  s.reply <- Server.good;
  s.offered <- ip "10.9.0.78";
  Time.sleep_ns (seconds 70) >|= fun () -> has host [ ip "10.9.0.78" ]

let foreign_refusal segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  let strange (p : pkt) =
    { p with options = [ Message_type DHCPNAK; Server_identifier (ip "10.9.0.66") ] }
  in
  s.reply <- (fun s request _ -> [ buf_of_pkt (strange (Server.answer s request DHCPNAK)) ]);
  Time.sleep_ns (seconds 500) >>= fun () ->
  has host [ address ];
  serves segment s

let storm segment (s : Server.t) =
  s.reply <-
    (fun s request msgtype ->
       List.concat (List.init 100 (fun _ -> Server.good s request msgtype)));
  Dhcp_host.start segment >>= fun host ->
  check "two requests" (List.length s.heard = 2);
  has host [ address ];
  let _, request, _ = List.hd s.heard in
  let packet kind = buf_of_pkt (Server.answer s request kind) in
  s.heard <- [];
  for _ = 1 to 10_000 do
    List.iter (fun kind -> Virtual_net.inject s.net (packet kind)) [ DHCPOFFER; DHCPACK; DHCPNAK ]
  done;
  Time.sleep_ns (seconds 5) >>= fun () ->
  equal string_of_int "answers to a storm" 0 (List.length s.heard);
  serves segment s

(* {2 Addresses in use} *)

let other = Macaddr.of_string_exn "02:00:00:00:00:99"

let owner ?(delay = 0L) segment owned =
  Virtual_net.connect segment other >|= fun net ->
  let receive frame =
    match Server.arp_of frame with
    | Some { operation = Request; target_ip; source_mac; _ }
      when Ipaddr.V4.compare target_ip owned = 0 && Macaddr.compare source_mac other <> 0 ->
        Time.sleep_ns delay >|= fun () ->
        Virtual_net.inject net (Server.arp ~mac:other Reply owned)
    | _ -> Lwt.return_unit
  in
  Lwt.async (fun () -> Lwt.map ignore (Virtual_net.listen net ~header_size:14 receive));
  net

let declined (s : Server.t) =
  s.reply <-
    (fun s request msgtype ->
       if msgtype = DHCPDECLINE then s.offered <- ip "10.9.0.78";
       Server.good s request msgtype)

let decline_found (s : Server.t) =
  let options = List.find_map (fun (_, (p : pkt), m) -> if m = DHCPDECLINE then Some p.options else None) s.heard in
  match options with
  | None -> failwith "not declined"
  | Some options ->
      check "which address" (List.mem (Request_ip address) options);
      check "whose" (List.mem (Server_identifier Server.ip) options)

let warnings = ref []

let collect_warnings () =
  warnings := [];
  Logs.set_level (Some Logs.Warning);
  let report _ level ~over k message =
    let keep text =
      if level = Logs.Warning then warnings := text :: !warnings;
      over ();
      k ()
    in
    message (fun ?header:_ ?tags:_ format -> Format.kasprintf keep format)
  in
  Logs.set_reporter { Logs.report }

let in_use segment (s : Server.t) =
  declined s;
  collect_warnings ();
  owner segment address >>= fun _ ->
  let used = ref false in
  Virtual_net.watch segment (fun f ->
      match Server.arp_of f with
      | Some { source_ip; source_mac; _ } when source_ip = address && Macaddr.compare source_mac other <> 0 -> used := true
      | _ -> ());
  Dhcp_host.start segment >>= fun host ->
  has host [ ip "10.9.0.78" ];
  check "claimed" (not !used);
  Logs.set_reporter Logs.nop_reporter;
  let named = "another host has 10.9.0.77" in
  let names text = String.length text > String.length named && String.sub text 0 (String.length named) = named in
  equal string_of_int "warnings that name the address" 1 (List.length (List.filter names !warnings));
  check "ten seconds" (Virtual_time.now_ns () > seconds 10 && Virtual_time.now_ns () < seconds 20);
  Lwt.return (decline_found s)

let in_use_by_a_slow_one segment (s : Server.t) =
  declined s;
  owner ~delay:(Duration.of_ms 700) segment address >>= fun _ ->
  Dhcp_host.start segment >>= fun host ->
  check "boot waits" (Virtual_time.now_ns () < Duration.of_ms 100);
  Time.sleep_ns (seconds 3) >>= fun () ->
  has host [];
  decline_found s;
  Time.sleep_ns (seconds 20) >|= fun () -> has host [ ip "10.9.0.78" ]

let probed_by_two segment (s : Server.t) =
  declined s;
  Virtual_net.connect segment other >>= fun net ->
  let probe () = Virtual_net.inject net (Server.arp ~mac:other Request Ipaddr.V4.any ~target:address) in
  Lwt.async (fun () -> Time.sleep_ns (Duration.of_ms 30) >|= probe);
  Dhcp_host.start segment >|= fun host -> has host [ ip "10.9.0.78" ]

let always_in_use segment (s : Server.t) =
  owner segment address >>= fun _ ->
  Lwt.catch
    (fun () -> Dhcp_host.start segment >|= fun _ -> failwith "bound")
    (fun e ->
       check (Printexc.to_string e) (e <> Failure "bound");
       equal string_of_int "declined" 6 (count_of s DHCPDECLINE);
       check "at once" (Virtual_time.now_ns () > seconds 50);
       Lwt.return_unit)

let defended segment (s : Server.t) =
  Dhcp_host.start segment >>= fun host ->
  Time.sleep_ns (seconds 20) >>= fun () ->
  Virtual_net.connect segment other >>= fun net ->
  let announcements = ref 0 in
  Virtual_net.watch segment (fun f ->
      match Server.arp_of f with
      | Some { source_ip; source_mac; _ }
        when source_ip = address && Macaddr.compare source_mac Dhcp_host.mac = 0 ->
          incr announcements
      | _ -> ());
  let rec liar n =
    if n = 0 then Lwt.return_unit
    else (
      Virtual_net.inject net (Server.arp ~mac:other Reply address);
      Virtual_net.inject net (Server.arp ~mac:other Request address ~target:address);
      Time.sleep_ns (Duration.of_ms 100) >>= fun () -> liar (n - 1))
  in
  liar 600 >>= fun () ->
  has host [ address ];
  check (Printf.sprintf "defended %d times in a minute" !announcements)
    (!announcements >= 5 && !announcements <= 8);
  equal string_of_int "declined" 0 (count_of s DHCPDECLINE);
  Lwt.return_unit

let () =
  case "refused at boot: given up, in a bounded time" (scene refused_at_boot);
  case "refused later: never given up, at a bounded rate" (scene refused_later);
  case "refused by a stranger" (scene foreign_refusal);
  case "storms of answers" (scene storm);
  case "the address is in use" (scene in_use);
  case "the address is in use by a host that is slow to say so" (scene in_use_by_a_slow_one);
  case "the address is probed by another" (scene probed_by_two);
  case "every address is in use" (scene always_in_use);
  case "the address is defended" (scene defended)
