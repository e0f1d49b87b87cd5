open Mirage

(* Two whole stacks in one unikernel, put together by the application. *)
let packages =
  [
    package "mirage-vnetif";
    package "ethernet";
    package "arp-mirage";
    package "tcpip" ~sublibs:[ "ipv4"; "icmpv4"; "udp"; "tcp"; "stack-direct" ];
  ]

let main = foreign ~packages "Unikernel.Main" (time @-> mclock @-> random @-> job)

let () =
  register "vnetif" [ main $ default_time $ default_monotonic_clock $ default_random ]
