open Lwt.Infix

module Main
    (Time : Mirage_time.S)
    (Clock : Mirage_clock.MCLOCK)
    (Random : Mirage_random.S)
    (Ip6 : Mirage_protocols.IPV6)
    (Udp6 : Mirage_protocols.UDPV6)
    (Tcp6 : Mirage_protocols.TCPV6) =
struct
  module Backend = Basic_backend.Make
  module Net = Vnetif.Make (Backend)
  module Eth = Ethernet.Make (Net)
  module Ip = Ipv6.Make (Eth) (Random) (Time) (Clock)
  module U = Udp.Make (Ip) (Random)
  module T = Tcp.Flow.Make (Ip) (Time) (Clock) (Random)
  module Stack = Tcpip_stack_direct.MakeV6 (Time) (Random) (Net) (Eth) (Ip) (U) (T)

  let netmask = [ Ipaddr.V6.Prefix.of_string_exn "fd00:5::/64" ]

  let stack backend address =
    Net.connect backend >>= fun net ->
    Eth.connect net >>= fun eth ->
    Ip.connect ~ip:[ address ] ~netmask eth >>= fun ip ->
    U.connect ip >>= fun udp ->
    T.connect ip >>= fun tcp -> Stack.connect net eth ip udp tcp

  let fail pp e = Lwt.fail_with (Fmt.to_to_string pp e)

  (* All that is said until the other end closes. *)
  let rec heard flow so_far =
    Stack.TCP.read flow >>= function
    | Ok (`Data bytes) -> heard flow (so_far ^ Cstruct.to_string bytes)
    | Ok `Eof -> Lwt.return so_far
    | Error e -> fail Stack.TCP.pp_error e

  let say flow text =
    Stack.TCP.write flow (Cstruct.of_string text) >>= function
    | Ok () -> Stack.TCP.close flow
    | Error e -> fail Stack.TCP.pp_write_error e

  (* More than a segment each way, from one peer to the other. *)
  let large = String.init 100_000 (fun i -> Char.chr (Char.code 'a' + (i mod 26)))

  let ask stack server =
    Stack.TCP.create_connection (Stack.tcp stack) (server, 80) >>= function
    | Error e -> fail Stack.TCP.pp_error e
    | Ok flow -> heard flow "" >>= fun text -> Stack.TCP.close flow >|= fun () -> text

  let start () () () ip _udp _tcp =
    Printf.printf "own %s\n" (String.concat "," (List.map Ipaddr.V6.to_string (Ip6.get_ip ip)));
    let backend = Backend.create () in
    let address = Ipaddr.V6.of_string_exn in
    stack backend (address "fd00:5::a") >>= fun server ->
    stack backend (address "fd00:5::b") >>= fun client ->
    let greeted, greet = Lwt.wait () in
    Stack.listen_udp server ~port:53 (fun ~src ~dst ~src_port:_ bytes ->
        Lwt.wakeup_later greet
          (Fmt.str "%a to %a: %s" Ipaddr.V6.pp src Ipaddr.V6.pp dst (Cstruct.to_string bytes));
        Lwt.return_unit);
    Stack.listen_tcp server ~port:80 (fun flow -> say flow large);
    Stack.UDP.write ~dst:(address "fd00:5::a") ~dst_port:53 (Stack.udp client)
      (Cstruct.of_string "hello")
    >>= function
    | Error e -> fail Stack.UDP.pp_error e
    | Ok () ->
        greeted >>= fun text ->
        print_endline text;
        ask client (address "fd00:5::a") >|= fun text ->
        print_endline (if text = large then "heard it all" else "FAILED")
end
