(* Discards on TCP port 9, echoes on port 7, tells on port 53 which name servers it knows and
   serves a page on port 80 over IPv6; its address is fd09::2. *)
open Lwt.Infix
module Link = Ethernet.Make (Netif)
module Ip = Ipv6.Make (Link) (Random_unikernel) (OS.Time) (Mclock)
module Udp = Udp.Make (Ip) (Random_unikernel)
module T = Tcp.Flow.Make (Ip) (OS.Time) (Mclock) (Random_unikernel)

module Stack =
  Tcpip_stack_direct.MakeV6 (OS.Time) (Random_unikernel) (Netif) (Link) (Ip) (Udp) (T)

module Http = Http_server.Make_v6 (Stack)

let ip = [ Ipaddr.V6.of_string_exn "fd09::2" ]
let netmask = [ Ipaddr.V6.Prefix.of_string_exn "fd09::/64" ]

let rec echo flow =
  T.read flow >>= function
  | Ok (`Data bytes) -> (
      T.write flow bytes >>= function Ok () -> echo flow | Error _ -> T.close flow)
  | Ok `Eof | Error _ -> T.close flow

let rec discard flow =
  T.read flow >>= function
  | Ok (`Data _) -> discard flow
  | Ok `Eof | Error _ -> T.close flow

let tell_name_servers flow =
  let known = Name_servers.known ~now:(Mclock.elapsed_ns ()) in
  let text = String.concat "\n" (List.map Ipaddr.to_string known) in
  T.write flow (Cstruct.of_string (text ^ "\n")) >>= fun _ -> T.close flow

let start () =
  Netif.connect "service" >>= fun netif ->
  Link.connect netif >>= fun link ->
  Ip.connect ~ip ~netmask link >>= fun ip ->
  Udp.connect ip >>= fun udp ->
  T.connect ip >>= fun tcp ->
  Stack.connect netif link ip udp tcp >>= fun stack ->
  Stack.listen_tcp stack ~port:7 echo;
  Stack.listen_tcp stack ~port:9 discard;
  Stack.listen_tcp stack ~port:53 tell_name_servers;
  print_endline "serving on fd09::2";
  Http.serve stack [ ("/", Http_response.page "<h1>Six</h1>") ]
