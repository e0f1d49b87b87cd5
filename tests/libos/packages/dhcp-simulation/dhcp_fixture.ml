open Lwt.Infix
module Time = Virtual_time.Time
module Server = Dhcp_played_server
module Ip = Dhcp_host.Ip

let ip = Ipaddr.V4.of_string_exn
let seconds = Duration.of_sec
let address = ip "10.9.0.77"

let scene ?(seconds = 1_000_000) program () =
  Dhcp_host.Clock.reset ();
  Virtual_time.run ~limit_s:seconds @@ fun () ->
  let segment = Virtual_net.segment () in
  Server.start segment >>= fun s -> program segment s

let count_of s wanted = List.length (List.filter (fun (_, _, m) -> m = wanted) s.Server.heard)

let has host expected =
  let show = Format.asprintf "%a" (Format.pp_print_list Ipaddr.V4.pp) in
  Case.equal show "address" expected (Ip.get_ip host)

(* Whether the host at an address answers somebody on its link. *)
let answers segment s dst =
  let answered = ref false in
  Virtual_net.watch segment (fun frame ->
      match Server.source frame with
      | Some source when Ipaddr.V4.compare source dst = 0 && Server.arp_of frame = None ->
          answered := true
      | _ -> ());
  Virtual_net.inject s.Server.net (Server.arp Request Server.ip ~target:dst);
  Virtual_net.inject s.Server.net (Server.datagram dst);
  Time.sleep_ns (Duration.of_ms 10) >|= fun () -> !answered

let serves segment s =
  answers segment s address >|= fun yes -> Case.check "the host does not answer" yes

(* The next hop by the addresses that the host asks for by ARP. *)
let asks_for segment host dst =
  let asked = ref [] in
  Virtual_net.watch segment (fun frame ->
      match Server.arp_of frame with
      | Some { Arp_packet.operation = Request; source_mac; target_ip; _ }
        when Macaddr.compare source_mac Dhcp_host.mac = 0 ->
          asked := target_ip :: !asked
      | _ -> ());
  Lwt.async (fun () -> Lwt.map ignore (Ip.write host dst `UDP (fun _ -> 0) []));
  Time.sleep_ns (Duration.of_ms 1) >|= fun () -> !asked

let nak s request = [ Dhcp_wire.buf_of_pkt (Server.answer s request Dhcp_wire.DHCPNAK) ]
