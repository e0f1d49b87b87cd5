open Lwt.Infix

let config_of_lease = Dhcp_config.of_lease

module Make
    (Random : Mirage_random.S)
    (Time : Mirage_time.S)
    (Network : Mirage_net.S) =
struct
  module Client = Dhcp_client_lwt.Make (Random) (Time) (Network)

  type t = Mirage_protocols.ipv4_config Lwt_stream.t

  let connect ?requests network =
    Client.connect ?requests network >|= Lwt_stream.map config_of_lease
end
