open Mirage

(* Where messages go is a device, which is there when it is asked for. *)
let stack = generic_stackv4 default_network
let config = syslog_config ~truncate:1484 "unikernel"

let over =
  let about = Key.Arg.info ~doc:"udp or tcp." [ "over" ] in
  Key.(create "over" Arg.(opt ~stage:`Configure string "udp" about))

let sink =
  match_impl (Key.value over) [ ("tcp", syslog_tcp ~config stack) ] ~default:(syslog_udp ~config stack)

let main = foreign ~deps:[ abstract sink ] "Unikernel.Main" (time @-> job)
let () = register "messages" [ main $ default_time ]
