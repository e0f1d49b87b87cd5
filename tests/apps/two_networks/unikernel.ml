module Main
    (Inside : Mirage_net.S)
    (Inner : Mirage_stack.V4)
    (Outside : Mirage_net.S)
    (Outer : Mirage_stack.V4) =
struct
  let addresses ips = String.concat "," (List.map Ipaddr.V4.to_string ips)

  let start inside inner outside outer =
    Printf.printf "inside %s, outside %s\n"
      (addresses (Inner.IPV4.get_ip (Inner.ipv4 inner)))
      (addresses (Outer.IPV4.get_ip (Outer.ipv4 outer)));
    Printf.printf "two stations: %b\n" (Macaddr.compare (Inside.mac inside) (Outside.mac outside) <> 0);
    Lwt.return_unit
end
