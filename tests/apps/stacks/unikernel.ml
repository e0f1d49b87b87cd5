module Main (Left : Mirage_stack.V4) (Right : Mirage_stack.V4) = struct
  let shown ips = String.concat "," (List.map Ipaddr.V4.to_string ips)

  let start left right =
    Printf.printf "left %s, right %s\n"
      (shown (Left.IPV4.get_ip (Left.ipv4 left)))
      (shown (Right.IPV4.get_ip (Right.ipv4 right)));
    Lwt.return_unit
end
