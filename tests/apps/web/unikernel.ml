open Lwt.Infix

module Main (Files : Mirage_kv.RO) (Server : Cohttp_lwt.S.Server) = struct
  let answer files _connection request _body =
    let path = Uri.path (Cohttp.Request.uri request) in
    let name = if path = "/" then "index.html" else path in
    Files.get files (Mirage_kv.Key.v name) >>= function
    | Ok body -> Server.respond_string ~status:`OK ~body ()
    | Error _ -> Server.respond_string ~status:`Not_found ~body:"There is no such page.\n" ()

  let start files http =
    let server = Server.make ~callback:(answer files) () in
    Logs.info (fun f -> f "serving");
    http (`TCP 80) server
end
