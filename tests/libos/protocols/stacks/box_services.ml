(* packages: tcpip unikernel-apps.iperf3 unikernel-apps.services virtual-network virtual-stacks *)

(* The services in the box with peers that misbehave, in virtual time: iperf3's server has one
   client at a time, and none of them for ever; characters are not sent to whoever is named. *)

open Lwt.Infix
open Case
open Virtual_stacks
module Stack = Stack4
module Server = Iperf3_server.Make (Time) (Clock) (Stack)

let address = address4
let stack = stack4

let param_exchange, access_denied = (9, 0xff)
let cookie letter = String.make 37 letter
let parameters = {|{"tcp":true,"time":10,"parallel":1,"len":1000}|}

let framed json =
  let length = Bytes.create 4 in
  Bytes.set_int32_be length 0 (Int32.of_int (String.length json));
  Bytes.to_string length ^ json

(* A client that has said this, and the first byte that it got. *)
let client stack said =
  Tcp4.create_connection (Stack.tcpv4 stack) (address 2, 5201) >>= function
  | Error e -> failwith (Format.asprintf "%a" Tcp4.pp_error e)
  | Ok flow ->
      Tcp4.write flow (Cstruct.of_string said) >>= fun _ ->
      Lwt.pick [ Tcp4.read flow; (Time.sleep_ns (Duration.of_sec 1) >|= fun () -> Ok `Eof) ]
      >|= ( function
          | Ok (`Data data) -> Cstruct.get_uint8 data 0
          | Ok `Eof | Error _ -> -1 )

let lets_go said by_s () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  stack segment 1 >>= fun peer ->
  stack segment 2 >>= fun server ->
  Lwt.async (fun () -> Server.serve server);
  let is code what answer = equal string_of_int what code answer in
  client peer said >>= fun first ->
  is param_exchange "the first" first;
  client peer (cookie 'b') >>= fun second ->
  is access_denied "another meanwhile" second;
  Time.sleep_ns (Duration.of_sec by_s) >>= fun () ->
  client peer (cookie 'c') >|= is param_exchange "another afterwards"

module Small = Small_services.Make (Stack)

let few_answers () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  stack segment 1 >>= fun peer ->
  stack segment 2 >>= fun server ->
  Small.chargen server;
  let answers = ref 0 in
  Stack.listen_udpv4 peer ~port:2000 (fun ~src:_ ~dst:_ ~src_port:_ _ ->
      incr answers;
      Lwt.return_unit);
  let ask _ =
    Udp4.write ~src_port:2000 ~dst:(address 2) ~dst_port:Small_services.chargen_port
      (Stack.udpv4 peer) (Cstruct.create 1)
    >>= fun _ -> Time.sleep_ns (Duration.of_ms 2)
  in
  Lwt_list.iter_s ask (List.init 2_500 Fun.id) >|= fun () ->
  Printf.printf "        %d answers in 5 s\n" !answers;
  check "answers" (!answers > 300 && !answers <= 600)

let () =
  case "characters over UDP" few_answers;
  case "a client that says nothing but who it is" (lets_go (cookie 'a') 40);
  case "a client that brings no streams" (lets_go (cookie 'a' ^ framed parameters) 20)
