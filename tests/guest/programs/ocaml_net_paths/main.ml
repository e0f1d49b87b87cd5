(* Over IPv6, as fd09::2 behind the router fd09::1: 10 reads to the end and answers with
   "BYTES SHA-256"; 11 reads a number and sends as many bytes, then their SHA-256. *)
open Lwt.Infix
module Link = Ethernet.Make (Netif)
module Ip = Ipv6.Make (Link) (Random_unikernel) (OS.Time) (Mclock)
module Udp = Udp.Make (Ip) (Random_unikernel)
module T = Tcp.Flow.Make (Ip) (OS.Time) (Mclock) (Random_unikernel)

module Stack =
  Tcpip_stack_direct.MakeV6 (OS.Time) (Random_unikernel) (Netif) (Link) (Ip) (Udp) (T)

let hex digest =
  let byte c = Printf.sprintf "%02x" (Char.code c) in
  String.concat "" (List.map byte (List.of_seq (String.to_seq digest)))

let answer flow text = T.write flow (Cstruct.of_string text) >>= fun _ -> T.close flow

let rec digest flow sum count =
  T.read flow >>= function
  | Ok (`Data bytes) -> digest flow (Sha256.feed sum bytes) (count + Cstruct.length bytes)
  | Ok `Eof -> answer flow (Printf.sprintf "%d %s" count (hex (Sha256.text sum)))
  | Error _ -> T.close flow

let piece = Cstruct.of_string (String.init 65_536 (fun i -> Char.chr (i * i / 7 land 0xff)))

let rec source flow sum left =
  if left = 0 then answer flow (hex (Sha256.text sum))
  else
    let bytes = Cstruct.sub piece 0 (min left 65_536) in
    T.write flow bytes >>= function
    | Ok () -> source flow (Sha256.feed sum bytes) (left - Cstruct.length bytes)
    | Error _ -> T.close flow

let asked flow =
  T.read flow >>= function
  | Ok (`Data request) ->
      source flow Sha256.empty (int_of_string (String.trim (Cstruct.to_string request)))
  | Ok `Eof | Error _ -> T.close flow

let start () =
  let address = Ipaddr.V6.of_string_exn in
  Netif.connect "service" >>= fun netif ->
  Link.connect netif >>= fun link ->
  let netmask = [ Ipaddr.V6.Prefix.of_string_exn "fd09::/64" ] in
  Ip.connect ~ip:[ address "fd09::2" ] ~netmask ~gateways:[ address "fd09::1" ] link >>= fun ip ->
  Udp.connect ip >>= fun udp ->
  T.connect ip >>= fun tcp ->
  Stack.connect netif link ip udp tcp >>= fun stack ->
  Stack.listen_tcp stack ~port:10 (fun flow -> digest flow Sha256.empty 0);
  Stack.listen_tcp stack ~port:11 asked;
  print_endline "serving on fd09::2";
  Stack.listen stack
