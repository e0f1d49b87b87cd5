open Lwt.Infix

module Main (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) (Random : Mirage_random.S) =
struct
  module Backend = Basic_backend.Make
  module Net = Vnetif.Make (Backend)
  module Eth = Ethernet.Make (Net)
  module Arpv4 = Arp.Make (Eth) (Time)
  module Ip = Static_ipv4.Make (Random) (Clock) (Eth) (Arpv4)
  module Icmp = Icmpv4.Make (Ip)
  module Udp4 = Udp.Make (Ip) (Random)
  module Tcp4 = Tcp.Flow.Make (Ip) (Time) (Clock) (Random)

  module Stack =
    Tcpip_stack_direct.Make (Time) (Random) (Net) (Eth) (Arpv4) (Ip) (Icmp) (Udp4) (Tcp4)

  let stack backend address =
    let cidr = Ipaddr.V4.Prefix.of_string_exn address in
    Net.connect backend >>= fun net ->
    Eth.connect net >>= fun eth ->
    Arpv4.connect eth >>= fun arp ->
    Ip.connect ~cidr eth arp >>= fun ip ->
    Icmp.connect ip >>= fun icmp ->
    Udp4.connect ip >>= fun udp ->
    Tcp4.connect ip >>= fun tcp -> Stack.connect net eth arp ip icmp udp tcp

  (* Up to this character, or to the end. *)
  let rec received ?until flow so_far =
    Stack.TCPV4.read flow >>= function
    | Ok (`Data bytes) ->
        let text = so_far ^ Cstruct.to_string bytes in
        let is_all = Option.fold until ~none:false ~some:(String.contains text) in
        if is_all then Lwt.return text else received ?until flow text
    | Ok `Eof -> Lwt.return so_far
    | Error e -> Lwt.fail_with (Fmt.to_to_string Stack.TCPV4.pp_error e)

  let upper flow =
    received ~until:'.' flow "" >>= fun text ->
    Stack.TCPV4.write flow (Cstruct.of_string (String.uppercase_ascii text)) >>= fun _ ->
    Stack.TCPV4.close flow

  let ask stack server text =
    Stack.TCPV4.create_connection (Stack.tcpv4 stack) (server, 7) >>= function
    | Error e -> Lwt.fail_with (Fmt.to_to_string Stack.TCPV4.pp_error e)
    | Ok flow ->
        Stack.TCPV4.write flow (Cstruct.of_string text) >>= fun _ ->
        received flow "" >>= fun answer ->
        Stack.TCPV4.close flow >|= fun () -> answer

  let start () () () =
    let backend = Backend.create () in
    stack backend "10.0.0.1/24" >>= fun server ->
    stack backend "10.0.0.2/24" >>= fun client ->
    let heard, hear = Lwt.wait () in
    Stack.listen_udpv4 server ~port:53 (fun ~src ~dst:_ ~src_port:_ bytes ->
        Lwt.wakeup_later hear (Ipaddr.V4.to_string src ^ " said " ^ Cstruct.to_string bytes);
        Lwt.return_unit);
    Stack.listen_tcpv4 server ~port:7 upper;
    let address = Ipaddr.V4.of_string_exn "10.0.0.1" in
    Stack.UDPV4.write ~dst:address ~dst_port:53 (Stack.udpv4 client) (Cstruct.of_string "hello")
    >>= fun _ ->
    heard >>= fun text ->
    print_endline text;
    ask client address "louder, please." >|= print_endline
end
