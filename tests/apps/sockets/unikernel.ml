open Lwt.Infix

module Main
    (S : Mirage_stack.V4)
    (U : Mirage_protocols.UDPV4)
    (T : Mirage_protocols.TCPV4)
    (R : Resolver_lwt.S) =
struct
  let host = Ipaddr.V4.of_string_exn "10.0.2.2"

  let start stack udp tcp resolver =
    Printf.printf "stack on %s\n"
      (String.concat "," (List.map Ipaddr.V4.to_string (S.IPV4.get_ip (S.ipv4 stack))));
    U.write ~dst:host ~dst_port:(Key_gen.peer ()) udp (Cstruct.of_string "a datagram") >>= (function
        | Ok () -> Lwt.return (print_endline "sent")
        | Error e -> Lwt.fail_with (Fmt.to_to_string U.pp_error e))
    >>= fun () ->
    T.create_connection tcp (host, 1) >>= fun refused ->
    print_endline (match refused with Ok _ -> "FAILED" | Error _ -> "refused");
    R.resolve_uri ~uri:(Uri.of_string "http://localhost/") resolver >|= function
    | `TCP (ip, port) -> Printf.printf "localhost is %s port %d\n" (Ipaddr.to_string ip) port
    | _ -> print_endline "FAILED"
end
