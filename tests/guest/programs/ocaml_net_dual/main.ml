(* Echoes on TCP and UDP port 7, discards on TCP port 9 and serves a page on port 80, over IPv4
   and IPv6. A line to TCP port 10, "ADDRESS PORT TEXT", has it send that text there and answer
   with what comes back. *)
open Lwt.Infix

module Main (S : Mirage_stack.V4V6) = struct
  module Http = Http_server.Make_v4v6 (S)

  let rec echo flow =
    S.TCP.read flow >>= function
    | Ok (`Data bytes) -> (
        S.TCP.write flow bytes >>= function Ok () -> echo flow | Error _ -> S.TCP.close flow)
    | Ok `Eof | Error _ -> S.TCP.close flow

  let rec discard flow =
    S.TCP.read flow >>= function
    | Ok (`Data _) -> discard flow
    | Ok `Eof | Error _ -> S.TCP.close flow

  let echo_datagram stack ~src ~dst:_ ~src_port data =
    S.UDP.write ~src_port:7 ~dst:src ~dst_port:src_port (S.udp stack) data >|= ignore

  let answered = function
    | Ok (`Data data) -> Cstruct.to_string data
    | Ok `Eof -> "the end"
    | Error e -> Format.asprintf "%a" S.TCP.pp_error e

  let visit stack address port text =
    S.TCP.create_connection (S.tcp stack) (Ipaddr.of_string_exn address, int_of_string port)
    >>= function
    | Error e -> Lwt.return (Format.asprintf "%a" S.TCP.pp_error e)
    | Ok flow ->
        S.TCP.write flow (Cstruct.of_string text) >>= fun _ ->
        S.TCP.read flow >>= fun answer -> S.TCP.close flow >|= fun () -> answered answer

  let errand stack flow =
    S.TCP.read flow >>= function
    | Ok `Eof | Error _ -> S.TCP.close flow
    | Ok (`Data line) ->
        (match String.split_on_char ' ' (String.trim (Cstruct.to_string line)) with
         | [ address; port; text ] -> visit stack address port text
         | _ -> Lwt.return "ADDRESS PORT TEXT")
        >>= fun answer ->
        S.TCP.write flow (Cstruct.of_string answer) >>= fun _ -> S.TCP.close flow

  let start stack =
    S.listen_udp stack ~port:7 (echo_datagram stack);
    S.listen_tcp stack ~port:7 echo;
    S.listen_tcp stack ~port:9 discard;
    S.listen_tcp stack ~port:10 (errand stack);
    let own = List.map Ipaddr.to_string (S.IP.get_ip (S.ip stack)) in
    print_endline ("serving on " ^ String.concat " and " own);
    Http.serve stack [ ("/", Http_response.page "<h1>Ten</h1>") ]
end
