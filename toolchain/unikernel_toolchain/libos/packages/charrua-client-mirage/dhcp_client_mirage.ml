open Lwt.Infix

let config_of_lease (lease : Dhcp_wire.pkt) =
  let address = lease.yiaddr in
  let alone = Ipaddr.V4.Prefix.make 32 address in
  let of_mask netmask =
    Result.value (Ipaddr.V4.Prefix.of_netmask ~netmask ~address) ~default:alone
  in
  let mask = Dhcp_wire.find_subnet_mask lease.options in
  let network = Option.fold mask ~none:alone ~some:of_mask in
  let gateway =
    match Dhcp_wire.collect_routers lease.options with
    | router :: _ -> Some router
    | [] -> None
  in
  { Mirage_protocols.address; network; gateway }

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
