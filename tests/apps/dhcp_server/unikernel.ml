open Lwt.Infix

module Main (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) (Random : Mirage_random.S) =
struct
  module Net = Vnetif.Make (Basic_backend.Make)
  module Client = Dhcp_client_mirage.Make (Random) (Time) (Net)
  module Eth = Ethernet.Make (Net)
  module Arpv4 = Arp.Make (Eth) (Time)
  module Leased = Dhcp_ipv4.Make (Client) (Random) (Clock) (Eth) (Arpv4)

  let address = Ipaddr.V4.of_string_exn
  let src = Logs.Src.create "dhcp-server"

  module Log = (val Logs.src_log src : Logs.LOG)

  let config mac =
    Dhcp_server.Config.make ~hostname:"a unikernel" ~default_lease_time:(Key_gen.lease_time ())
      ~max_lease_time:86_400 ~hosts:[]
      ~addr_tuple:(address "192.168.7.1", mac)
      ~network:(Ipaddr.V4.Prefix.of_string_exn "192.168.7.0/24")
      ~range:(Some (address "192.168.7.20", address "192.168.7.29"))
      ~options:[ Dhcp_wire.Routers [ address "192.168.7.1" ]; Dhcp_wire.Dns_servers [ address "192.168.7.1" ] ]


  let now_s () = Int64.to_int32 (Int64.div (Clock.elapsed_ns ()) 1_000_000_000L)

  let answer net config leases packet =
    match Dhcp_server.Input.input_pkt config !leases packet (now_s ()) with
    | Silence -> Lwt.return_unit
    | Update database -> Lwt.return (leases := database)
    | Warning text | Error text -> Lwt.return (Log.warn (fun m -> m "%s" text))
    | Reply (reply, database) ->
        leases := database;
        Log.info (fun m -> m "%d leases" (List.length (Dhcp_server.Lease.to_list database)));
        let bytes = Dhcp_wire.buf_of_pkt reply in
        let copy buffer = Cstruct.blit bytes 0 buffer 0 (Cstruct.len bytes); Cstruct.len bytes in
        Net.write net ~size:(Cstruct.len bytes) copy >|= ignore

  let serve net =
    let config = config (Net.mac net) and leases = ref (Dhcp_server.Lease.make_db ()) in
    let input frame =
      if not (Dhcp_wire.is_dhcp frame (Cstruct.len frame)) then Lwt.return_unit
      else
        match Dhcp_wire.pkt_of_buf frame (Cstruct.len frame) with
        | Ok packet -> answer net config leases packet
        | Error text -> Lwt.return (Log.warn (fun m -> m "a packet: %s" text))
    in
    Net.listen net ~header_size:Ethernet_wire.sizeof_ethernet input >|= function
    | Ok () -> ()
    | Error e -> Log.err (fun m -> m "%a" Net.pp_error e)

  let start _time _clock _random =
    let backend = Basic_backend.Make.create () in
    Net.connect backend >>= fun server ->
    Lwt.async (fun () -> serve server);
    Net.connect backend >>= fun net ->
    Client.connect net >>= fun leases ->
    Eth.connect net >>= fun ethernet ->
    Arpv4.connect ethernet >>= fun arp ->
    Leased.connect leases ethernet arp >|= fun ip ->
    Printf.printf "leased %s\n" (String.concat "," (List.map Ipaddr.V4.to_string (Leased.get_ip ip)))
end
