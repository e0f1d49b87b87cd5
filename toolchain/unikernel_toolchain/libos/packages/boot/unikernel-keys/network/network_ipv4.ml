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

  let ask network ~tell =
    let tell news = tell (Leased_ipv4.news_of_dhcp news) in
    Client.connect network ~clock:Clock.elapsed_ns ~tell

  let say keys ~tell =
    Ipv4_keys.tell_resolver keys;
    let config = Ipv4_keys.static keys in
    tell (Leased_ipv4.Leased { config; routes = []; over_at = None });
    Lwt.return_unit

  let source keys network = if Ipv4_keys.dhcp keys then ask network else say keys
  let connect keys network = connect (source keys network)
  let connect_at_once keys network = connect_at_once (source keys network)
end
