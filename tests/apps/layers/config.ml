open Mirage

(* Every layer by itself, from the interface up, and IPv6 beside IPv4. *)
let net = default_network
let ethernet_device = etif net
let arp_device = arp ethernet_device
let ip4 = create_ipv4 ethernet_device arp_device

let ip6 =
  create_ipv6 ethernet_device
    {
      addresses = [ Ipaddr.V6.of_string_exn "fd00::2" ];
      netmasks = [ Ipaddr.V6.Prefix.of_string_exn "fd00::/64" ];
      gateways = [];
    }

let main =
  foreign "Unikernel.Main"
    (network @-> ethernet @-> arpv4 @-> ipv4 @-> udpv4 @-> tcpv4 @-> ipv6 @-> udpv6 @-> tcpv6 @-> job)

let () =
  register "layers"
    [
      main $ net $ ethernet_device $ arp_device $ ip4 $ direct_udp ip4 $ direct_tcp ip4 $ ip6
      $ direct_udp ip6 $ direct_tcp ip6;
    ]
