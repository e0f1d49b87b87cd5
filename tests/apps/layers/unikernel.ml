open Lwt.Infix

module Main
    (Net : Mirage_net.S)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arp : Mirage_protocols.ARP)
    (Ip4 : Mirage_protocols.IPV4)
    (Udp4 : Tcpip_stack_direct.UDPV4_DIRECT)
    (Tcp4 : Tcpip_stack_direct.TCPV4_DIRECT)
    (Ip6 : Mirage_protocols.IPV6)
    (Udp6 : Mirage_protocols.UDPV6)
    (Tcp6 : Mirage_protocols.TCPV6) =
struct
  let router = Ipaddr.V4.of_string_exn "10.0.2.2"

  (* The application drives the interface, as a stack would. *)
  let listen net ethernet arp ip4 ip6 tcp4 udp4 =
    let ignored ~src:_ ~dst:_ _ = Lwt.return_unit in
    let tcp = Tcp4.input tcp4 ~listeners:(fun _port -> None) in
    let udp = Udp4.input udp4 ~listeners:(fun ~dst_port:_ -> None) in
    let ipv4 = Ip4.input ip4 ~tcp ~udp ~default:(fun ~proto:_ -> ignored) in
    let ipv6 = Ip6.input ip6 ~tcp:ignored ~udp:ignored ~default:(fun ~proto:_ -> ignored) in
    Net.listen net ~header_size:Ethernet_wire.sizeof_ethernet
      (Ethernet.input ethernet ~arpv4:(Arp.input arp) ~ipv4 ~ipv6)
    >|= ignore

  let start net ethernet arp ip4 udp4 tcp4 ip6 udp6 (_ : Tcp6.t) =
    Lwt.async (fun () -> listen net ethernet arp ip4 ip6 tcp4 udp4);
    Printf.printf "one station: %b\n" (Macaddr.compare (Net.mac net) (Ethernet.mac ethernet) = 0);
    Printf.printf "IPv4 %s\n" (String.concat "," (List.map Ipaddr.V4.to_string (Ip4.get_ip ip4)));
    let fd00 = Ipaddr.V6.of_string_exn "fd00::2" in
    Printf.printf "IPv6 fd00::2: %b\n" (List.exists (fun ip -> Ipaddr.V6.compare ip fd00 = 0) (Ip6.get_ip ip6));
    Arp.query arp router >>= (function
        | Ok _ -> Lwt.return (print_endline "the router has answered")
        | Error e -> Lwt.fail_with (Fmt.to_to_string Arp.pp_error e))
    >>= fun () ->
    Udp4.write ~dst:router ~dst_port:9 udp4 (Cstruct.of_string "discard") >>= fun sent ->
    Udp6.write ~dst:fd00 ~dst_port:9 udp6 (Cstruct.of_string "to myself") >>= fun _ ->
    print_endline (match sent with Ok () -> "sent" | Error _ -> "FAILED");
    Tcp4.create_connection tcp4 (router, 1) >|= function
    | Error `Refused -> print_endline "refused by the router"
    | Error e -> Fmt.pr "connection: %a\n%!" Tcp4.pp_error e
    | Ok _ -> print_endline "FAILED: connected"
end
