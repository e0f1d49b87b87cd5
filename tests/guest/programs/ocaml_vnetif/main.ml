(* Two stacks and a DHCP server on a switch inside the guest, which has no device at all: they
   get addresses, a datagram goes there and back, and a megabyte. *)
open Lwt.Infix

module Main (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) (Random : Mirage_random.S) = struct
  module Backend = Basic_backend.Make
  module Net = Vnetif.Make (Backend)
  module Eth = Ethernet.Make (Net)
  module Arp4 = Arp.Make (Eth) (Time)
  module Dhcp = Dhcp_client_mirage.Make (Random) (Time) (Net)
  module Ip4 = Dhcp_ipv4.Make (Dhcp) (Random) (Clock) (Eth) (Arp4)
  module Icmp4 = Icmpv4.Make (Ip4)
  module Udp4 = Udp.Make (Ip4) (Random)
  module Tcp4 = Tcp.Flow.Make (Ip4) (Time) (Clock) (Random)

  module Stack =
    Tcpip_stack_direct.Make (Time) (Random) (Net) (Eth) (Arp4) (Ip4) (Icmp4) (Udp4) (Tcp4)

  let text =
    "default-lease-time 600; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100 10.0.0.199; }"

  let lend backend =
    Net.connect backend >|= fun net ->
    let own = (Ipaddr.V4.of_string_exn "10.0.0.1", Net.mac net) in
    let config = Dhcp_server.Config.parse text own in
    let leases = ref (Dhcp_server.Lease.make_db ()) in
    let now () = Int64.to_int32 (Int64.div (Clock.elapsed_ns ()) 1_000_000_000L) in
    let answer frame =
      match Dhcp_wire.pkt_of_buf frame (Cstruct.length frame) with
      | Error _ -> Lwt.return_unit
      | Ok packet -> (
          match Dhcp_server.Input.input_pkt config !leases packet (now ()) with
          | Reply (reply, db) ->
              leases := db;
              Net.write net ~size:(Net.mtu net + 14) (Dhcp_wire.pkt_into_buf reply) >|= ignore
          | Update db -> leases := db; Lwt.return_unit
          | Silence | Warning _ | Error _ -> Lwt.return_unit)
    in
    Lwt.async (fun () -> Net.listen net ~header_size:14 answer >|= ignore)

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

  let address stack = List.hd (Ip4.get_ip (Stack.ipv4 stack))

  let datagram one two =
    let heard, hear = Lwt.wait () in
    Stack.listen_udpv4 one ~port:99 (fun ~src:_ ~dst:_ ~src_port:_ data ->
        Lwt.wakeup_later hear (Cstruct.to_string data);
        Lwt.return_unit);
    Stack.listen_udpv4 two ~port:7 (fun ~src ~dst:_ ~src_port data ->
        Udp4.write ~src_port:7 ~dst:src ~dst_port:src_port (Stack.udpv4 two) data >|= ignore);
    Udp4.write ~src_port:99 ~dst:(address two) ~dst_port:7 (Stack.udpv4 one) (Cstruct.of_string "hello")
    >>= fun _ -> heard

  let rec echo flow =
    Tcp4.read flow >>= function
    | Ok (`Data data) -> Tcp4.write flow data >>= fun _ -> echo flow
    | Ok `Eof | Error _ -> Tcp4.close flow

  let rec count flow bytes =
    Tcp4.read flow >>= function
    | Ok (`Data data) -> count flow (bytes + Cstruct.length data)
    | Ok `Eof -> Lwt.return bytes
    | Error e -> Lwt.fail_with (Format.asprintf "%a" Tcp4.pp_error e)

  let transfer one two =
    Stack.listen_tcpv4 two ~port:7 echo;
    Tcp4.create_connection (Stack.tcpv4 one) (address two, 7) >>= function
    | Error e -> Lwt.fail_with (Format.asprintf "%a" Tcp4.pp_error e)
    | Ok flow ->
        let sending = Tcp4.write flow (Cstruct.create 1_000_000) >>= fun _ -> Tcp4.close flow in
        count flow 0 >>= fun bytes -> sending >|= fun () -> bytes

  let start () () () =
    let backend = Backend.create () in
    lend backend >>= fun () ->
    Lwt.both (stack backend) (stack backend) >>= fun (one, two) ->
    let show stack = Ipaddr.V4.to_string (address stack) in
    Printf.printf "one is %s, two is %s\n%!" (show one) (show two);
    datagram one two >>= fun text ->
    Printf.printf "UDP: %s\n%!" text;
    transfer one two >|= fun bytes -> Printf.printf "TCP: %d bytes\n%!" bytes
end
