open Lwt.Infix

module Main (S : Mirage_stack.V4) = struct
  let rec echo flow =
    S.TCPV4.read flow >>= function
    | Ok (`Data bytes) -> (
        S.TCPV4.write flow bytes >>= function
        | Ok () -> echo flow
        | Error e ->
            Logs.warn (fun f -> f "write: %a" S.TCPV4.pp_write_error e);
            S.TCPV4.close flow)
    | Ok `Eof -> S.TCPV4.close flow
    | Error e ->
        Logs.warn (fun f -> f "read: %a" S.TCPV4.pp_error e);
        S.TCPV4.close flow

  let start stack =
    let port = Key_gen.port () in
    S.listen_tcpv4 stack ~port (fun flow ->
        let peer, _ = S.TCPV4.dst flow in
        Logs.info (fun f -> f "connection from %a" Ipaddr.V4.pp peer);
        echo flow);
    let own = List.map Ipaddr.V4.to_string (S.IPV4.get_ip (S.ipv4 stack)) in
    Logs.info (fun f -> f "%s listens on port %d" (String.concat ", " own) port);
    S.listen stack
end
