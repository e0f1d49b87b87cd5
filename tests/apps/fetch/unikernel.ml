open Lwt.Infix

module Client (Resolver : Resolver_lwt.S) (Conduit : Conduit_mirage.S) = struct
  let start resolver conduit =
    let ctx = Cohttp_mirage.Client.ctx resolver conduit in
    Cohttp_mirage.Client.get ~ctx (Uri.of_string (Key_gen.uri ())) >>= fun (response, body) ->
    Cohttp_lwt.Body.to_string body >|= fun text ->
    Logs.app (fun f -> f "%s" (Cohttp.Code.string_of_status (Cohttp.Response.status response)));
    print_string text
end
