(* An address by DHCP or by keys: either way events for {!Leased_ipv4}, of which a static
   configuration is one that never expires. *)

module Make
    (Random : Mirage_random.S)
    (Time : Mirage_time.S)
    (Network : Mirage_net.S)
    (Clock : Mirage_clock.MCLOCK)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arp : Mirage_protocols.ARP) =
struct
  module Client = Dhcp_client_run.Make (Random) (Time) (Network)
  include Leased_ipv4.Make (Random) (Clock) (Ethernet) (Arp)

  let request_lease network ~notify =
    let notify event = notify (Leased_ipv4.event_of_dhcp event) in
    Client.connect network ~clock:Clock.elapsed_ns ~notify

  let use_keys keys ~notify =
    Ipv4_keys.set_resolver keys;
    let config = Ipv4_keys.static keys in
    notify (Leased_ipv4.Leased { config; routes = []; expires_at = None });
    Lwt.return_unit

  let source keys network = if Ipv4_keys.dhcp keys then request_lease network else use_keys keys
  let connect keys network = connect (source keys network)
  let connect_at_once keys network = connect_at_once (source keys network)
end
