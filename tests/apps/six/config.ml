open Mirage

(* IPv6 on the network's own device, and two stacks of it that the application puts together. *)
let packages =
  [
    package "mirage-vnetif";
    package "ethernet";
    package "tcpip" ~sublibs:[ "ipv6"; "udp"; "tcp"; "stack-direct" ];
  ]

let addresses =
  let open Ipaddr.V6 in
  {
    addresses = [ of_string_exn "fd00:5::2" ];
    netmasks = [ Prefix.of_string_exn "fd00:5::/64" ];
    gateways = [];
  }

let ip = create_ipv6 (etif default_network) addresses

let main =
  foreign ~packages "Unikernel.Main"
    (time @-> mclock @-> random @-> ipv6 @-> udpv6 @-> tcpv6 @-> job)

let () =
  register "six"
    [
      main $ default_time $ default_monotonic_clock $ default_random $ ip $ direct_udp ip
      $ direct_tcp ip;
    ]
