module Make
    (Random : Mirage_random.S)
    (Time : Mirage_time.S)
    (Network : Mirage_net.S) =
struct
  module Client = Dhcp_client_mirage.Make (Random) (Time) (Network)

  type t = Mirage_protocols.ipv4_config Lwt_stream.t

  let connect keys network =
    if Ipv4_keys.dhcp keys then Client.connect network
    else Lwt.return (Lwt_stream.of_list [ Ipv4_keys.static keys ])
end
