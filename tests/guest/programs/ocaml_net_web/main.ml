(* HTTP twice, as MirageOS 3.9's applications write it: on port 80 by the device of
   cohttp_server, a module and a function that listens; on port 8080 by a server of the
   application's own over conduit. "/chunked" comes in chunks, others echo their body. *)
open Lwt.Infix

module Main
    (S : Mirage_stack.V4)
    (C : Conduit_mirage.S)
    (Http : Cohttp_lwt.S.Server) =
struct
  module Own = Cohttp_mirage.Server (Conduit_mirage.Flow)

  let body_of request body =
    match Cohttp.Request.resource request with
    | "/chunked" -> Lwt.return (`Stream (Lwt_stream.of_list [ "first, "; "second" ]))
    | "/" -> Lwt.return (`String "hello")
    | _ -> Cohttp_lwt.Body.to_string body >|= fun text -> `String text

  let own () =
    let callback _ request body =
      body_of request body >>= fun body -> Own.respond ~status:`OK ~body ()
    in
    Own.listen (Own.make ~callback ())

  let start stack conduit http =
    let callback _ request body =
      body_of request body >>= fun body -> Http.respond ~status:`OK ~body ()
    in
    let by_device = http (`TCP 80) (Http.make ~callback ()) in
    let by_hand = C.listen conduit (`TCP 8080) (own ()) in
    List.iter
      (fun ip -> print_endline ("serving on " ^ Ipaddr.V4.to_string ip))
      (S.IPV4.get_ip (S.ipv4 stack));
    Lwt.join [ by_device; by_hand ]
end
