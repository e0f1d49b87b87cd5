module IO = Cohttp_mirage_io.Make

module Client = struct
  include Cohttp_lwt.Make_client (Cohttp_mirage_net.IO) (Cohttp_mirage_net)

  let ctx resolver conduit = { Cohttp_mirage_net.resolver; conduit = Some conduit }
end

module Server (Flow : Mirage_flow.S) = struct
  module Supervised = Cohttp_mirage_supervised.Make (Flow)
  module Channel_io = Cohttp_mirage_io.Make (Supervised.Channel)
  include Cohttp_lwt.Make_server (Channel_io)

  let listen server =
    Supervised.serve (fun flow channel -> callback server flow channel channel)
end

module Server_with_conduit = struct
  include Server (Conduit_mirage.Flow)

  let connect conduit =
    Lwt.return (fun endpoint server ->
        Conduit_mirage.listen conduit endpoint (listen server))
end
