open Lwt.Infix
module IO = Cohttp_mirage_io.Make

module Client = struct
  include Cohttp_lwt.Make_client (Cohttp_mirage_net.IO) (Cohttp_mirage_net)

  let ctx resolver conduit = { Cohttp_mirage_net.resolver; conduit = Some conduit }
end

module Server (Flow : Mirage_flow.S) = struct
  module Channel = Mirage_channel.Make (Flow)
  module Channel_io = Cohttp_mirage_io.Make (Channel)
  include Cohttp_lwt.Make_server (Channel_io)

  let listen server flow =
    let channel = Channel.create flow in
    Lwt.finalize
      (fun () -> callback server flow channel channel)
      (fun () -> Channel.close channel >|= ignore)
end

module Server_with_conduit = struct
  include Server (Conduit_mirage.Flow)

  let connect conduit =
    Lwt.return (fun endpoint server ->
        Conduit_mirage.listen conduit endpoint (listen server))
end
