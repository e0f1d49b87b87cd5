open Mirage

(* On unix MirageOS takes sockets; the names are there, and what stands behind is another stack. *)
let peer =
  let about = Key.Arg.info ~doc:"The UDP port of the host that is sent to." [ "peer" ] in
  Key.(create "peer" Arg.(opt ~stage:`Run int 9 about))

let main =
  foreign ~keys:[ Key.abstract peer ] "Unikernel.Main"
    (stackv4 @-> udpv4 @-> tcpv4 @-> resolver @-> job)

let () =
  register "sockets"
    [
      main
      $ socket_stackv4 [ Ipaddr.V4.any ]
      $ socket_udpv4 None $ socket_tcpv4 None $ resolver_unix_system;
    ]
