(* Fetches the URI of a line that comes to TCP port 10, over IPv4 or IPv6, and answers with what
   was there, or why it has nothing. *)
open Lwt.Infix

module Main (S : Mirage_stack.V4V6) (Conduit : Conduit_mirage.S) (Resolver : Resolver_lwt.S) =
struct
  let fetch ctx uri =
    Cohttp_mirage.Client.get ~ctx (Uri.of_string uri) >>= fun (_, body) ->
    Cohttp_lwt.Body.to_string body

  let errand ctx flow =
    S.TCP.read flow >>= function
    | Ok `Eof | Error _ -> S.TCP.close flow
    | Ok (`Data line) ->
        Lwt.catch
          (fun () -> fetch ctx (String.trim (Cstruct.to_string line)))
          (function Failure why -> Lwt.return why | exn -> Lwt.fail exn)
        >>= fun text ->
        S.TCP.write flow (Cstruct.of_string text) >>= fun _ -> S.TCP.close flow

  let start stack conduit resolver =
    S.listen_tcp stack ~port:10 (errand (Cohttp_mirage.Client.ctx resolver conduit));
    print_endline "serving on port 10";
    S.listen stack
end
