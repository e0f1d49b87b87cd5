(* A DHCP server, as MirageOS 3.9's applications are written: 10.9.0.2 lends 10.9.0.100 to
   10.9.0.119, eight seconds at a time, and 10.9.0.33 to 02:00:00:00:00:33. *)
open Lwt.Infix

let address = Ipaddr.V4.of_string_exn
let own = address "10.9.0.2"

module Main
    (Net : Mirage_net.S)
    (Eth : Mirage_protocols.ETHERNET)
    (Arp : Mirage_protocols.ARP)
    (Clock : Mirage_clock.MCLOCK) =
struct
  module Config = Dhcp_server.Config
  module Input = Dhcp_server.Input

  let config mac =
    let printer =
      {
        Config.hostname = "printer";
        options = [];
        fixed_addr = Some (address "10.9.0.33");
        hw_addr = Macaddr.of_string_exn "02:00:00:00:00:33";
      }
    in
    Config.make ~hostname:"leases" ~default_lease_time:8 ~max_lease_time:8 ~hosts:[ printer ]
      ~addr_tuple:(own, mac)
      ~network:(Ipaddr.V4.Prefix.of_string_exn "10.9.0.0/24")
      ~range:(Some (address "10.9.0.100", address "10.9.0.119"))
      ~options:[ Routers [ address "10.9.0.254" ]; Dns_servers [ own ]; Domain_name "example.org" ]

  let leases = ref (Dhcp_server.Lease.make_db ())
  let now () = Int64.to_int32 (Int64.div (Clock.elapsed_ns ()) 1_000_000_000L)

  let told (packet : Dhcp_wire.pkt) =
    let kind = Option.get (Dhcp_wire.find_message_type packet.options) in
    Printf.printf "%s %s\n%!" (Dhcp_wire.msgtype_to_string kind) (Ipaddr.V4.to_string packet.yiaddr)

  let dhcp config net frame =
    match Dhcp_wire.pkt_of_buf frame (Cstruct.length frame) with
    | Error why -> print_endline why; Lwt.return_unit
    | Ok packet -> (
        match Input.input_pkt config !leases packet (now ()) with
        | Silence -> Lwt.return_unit
        | Update db -> leases := db; print_endline "update"; Lwt.return_unit
        | Warning why | Error why -> print_endline why; Lwt.return_unit
        | Reply (reply, db) ->
            leases := db;
            told reply;
            Net.write net ~size:(Net.mtu net + 14) (Dhcp_wire.pkt_into_buf reply) >|= ignore)

  let start net eth arp _clock =
    let config = config (Net.mac net) in
    Arp.set_ips arp [ own ] >>= fun () ->
    print_endline "serving on 10.9.0.2";
    let nothing _ = Lwt.return_unit in
    let others = Eth.input ~arpv4:(Arp.input arp) ~ipv4:nothing ~ipv6:nothing eth in
    let input frame =
      if Dhcp_wire.is_dhcp frame (Cstruct.length frame) then dhcp config net frame else others frame
    in
    Net.listen net ~header_size:14 input >|= ignore
end
