open Lwt.Infix
module IO = Cohttp_mirage_io.Make
module Static = Cohttp_mirage_static

module Client = struct
  include Cohttp_lwt.Make_client (Cohttp_mirage_net.IO) (Cohttp_mirage_net)

  let default_ctx = Cohttp_mirage_net.default_ctx
  let sexp_of_ctx = Cohttp_mirage_net.sexp_of_ctx
  let ctx resolver conduit = { Cohttp_mirage_net.resolver; conduit = Some conduit }
end

module Server (Flow : Mirage_flow.S) = struct
  module Supervised = Cohttp_mirage_supervised.Make (Flow)
  module Channel_io = Cohttp_mirage_io.Make (Supervised.Channel)
  include Cohttp_lwt.Make_server (Channel_io)

  let make_response_action ?conn_closed ~callback () =
    let callback conn request body =
      callback conn request body >|= function
      | `Response answer -> `Response (Cohttp_mirage_head.answer request answer)
      | `Expert _ as own -> own
    in
    make_response_action ?conn_closed ~callback ()

  let make ?conn_closed ~callback () =
    let callback conn request body =
      callback conn request body >|= fun answer -> `Response answer
    in
    make_response_action ?conn_closed ~callback ()

  let listen server =
    Supervised.serve (fun flow channel -> callback server flow channel channel)
end

module Server_with_conduit = struct
  include Server (Conduit_mirage.Flow)

  let connect conduit =
    Lwt.return (fun endpoint server ->
        Conduit_mirage.listen conduit endpoint (listen server))
end
