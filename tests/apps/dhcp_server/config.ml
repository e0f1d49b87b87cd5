open Mirage

(* A DHCP server and one of its clients, on a switch inside the unikernel. *)
let lease_time =
  let about = Key.Arg.info ~doc:"Seconds that a lease lasts." ~docv:"SECONDS" [ "lease-time" ] in
  Key.(create "lease_time" Arg.(opt int 3600 about))

let packages =
  [
    package "mirage-vnetif";
    package ~min:"1.0.0" ~max:"2.0.0" "charrua";
    package "charrua-server";
    package "charrua-client-mirage";
    package "ethernet";
    package "arp-mirage";
  ]

let main =
  foreign ~packages ~keys:[ Key.abstract lease_time ] "Unikernel.Main"
    (time @-> mclock @-> random @-> job)

let () =
  register "dhcp_server" [ main $ default_time $ default_monotonic_clock $ default_random ]
