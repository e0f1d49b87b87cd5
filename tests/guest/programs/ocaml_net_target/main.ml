(* What tests/hardening/test_attacks.py attacks: an HTTP server whose /memory is "HEAP LIVE" of the
   platform in bytes; TCP port 13 says "bye" and closes; UDP port 7 echoes. *)
open Lwt.Infix
module Http = Http_server.Make (Stack)
module T = Stack.TCPV4
module U = Stack.UDPV4

let memory _ _ =
  let { OS.Memory.heap_words; live_words; _ } = OS.Memory.quick_stat () in
  Lwt.return (Http_response.text (Printf.sprintf "%d %d" (8 * heap_words) (8 * live_words)))

let bye flow = T.write flow (Cstruct.of_string "bye\n") >>= fun _ -> T.close flow

let echo stack ~src ~dst:_ ~src_port bytes =
  U.write ~src_port:7 ~dst:src ~dst_port:src_port (Stack.udpv4 stack) bytes >|= ignore

let start stack =
  Stack.listen_tcpv4 stack ~port:13 bye;
  Stack.listen_udpv4 stack ~port:7 (echo stack);
  let addresses = Stack.IPV4.get_ip (Stack.ipv4 stack) in
  Fmt.pr "serving on %a\n%!" Fmt.(list ~sep:comma Ipaddr.V4.pp) addresses;
  Http.serve stack ~handler:memory [ ("/", Http_response.page "<h1>Hello</h1>") ]
