(* packages: ethernet arp-mirage tcpip.ipv4 tcpip.tcp virtual-network *)
(* Flows between two whole stacks on a segment in memory: with an interface
   that offloads and without, on a clean segment and on a faulty one. *)

open Lwt.Infix
module Time = Virtual_time.Time
module Clock = Virtual_time.Mclock
module Eth = Ethernet.Make (Virtual_net)
module Arp4 = Arp.Make (Eth) (Time)
module Ip = Static_ipv4.Make (Seeded.Random) (Clock) (Eth) (Arp4)
module Flow = Tcp.Flow.Make (Ip) (Time) (Clock) (Seeded.Random)

let address n = Ipaddr.V4.of_string_exn (Printf.sprintf "10.0.0.%d" n)

let serve net eth arp ip tcp listeners =
  let nothing ~src:_ ~dst:_ _ = Lwt.return_unit in
  let default ~proto:_ ~src:_ ~dst:_ _ = Lwt.return_unit in
  let ipv4 =
    Ip.input ip ~tcp:(Flow.input tcp ~listeners) ~udp:nothing ~default
  in
  let input =
    Eth.input ~arpv4:(Arp4.input arp) ~ipv4
      ~ipv6:(fun _ -> Lwt.return_unit)
      eth
  in
  Lwt.async (fun () -> Lwt.map ignore (Virtual_net.listen net ~header_size:14 input))

let host ?capabilities segment n listeners =
  let mac =
    Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x00%c" (Char.chr n))
  in
  Virtual_net.connect ?capabilities segment mac >>= fun net ->
  Eth.connect net >>= fun eth ->
  Arp4.connect eth >>= fun arp ->
  let cidr = Ipaddr.V4.Prefix.make 24 (address n) in
  Ip.connect ~cidr eth arp >>= fun ip ->
  Flow.connect ip >|= fun tcp ->
  serve net eth arp ip tcp listeners;
  tcp

let write_error e = Fmt.failwith "write: %a" Flow.pp_write_error e
let error e = Fmt.failwith "%a" Flow.pp_error e

let rec echo flow =
  Flow.read flow >>= function
  | Ok `Eof -> Flow.close flow
  | Ok (`Data data) -> (
      Flow.write flow data >>= function
      | Ok () -> echo flow
      | Error e -> write_error e)
  | Error e -> error e

let echo_port = 7

let listeners port =
  if port = echo_port then Some { Flow.process = echo; keepalive = None }
  else None

let open_flow tcp port =
  Flow.create_connection tcp (address 1, port) >|= function
  | Ok flow -> flow
  | Error e -> error e

let rec send flow text ~at =
  if at = String.length text then Flow.close flow
  else
    let length = min 30_000 (String.length text - at) in
    let piece = Cstruct.of_string ~off:at ~len:length text in
    Flow.write flow piece >>= function
    | Ok () -> send flow text ~at:(at + length)
    | Error e -> write_error e

let rec receive flow buffer =
  Flow.read flow >>= function
  | Ok `Eof -> Lwt.return (Buffer.contents buffer)
  | Ok (`Data data) ->
      Buffer.add_string buffer (Cstruct.to_string data);
      receive flow buffer
  | Error e -> error e

let text = Cstruct.to_string (Seeded.bytes 3_000_000)

let echoed ?capabilities ?conditions () =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment ?conditions () in
  host ?capabilities segment 1 listeners >>= fun _server ->
  host ?capabilities segment 2 listeners >>= fun client ->
  open_flow client echo_port >>= fun flow ->
  Lwt.both (send flow text ~at:0) (receive flow (Buffer.create 1000))
  >|= fun ((), answer) ->
  Case.check "the echo differs" (String.equal text answer);
  Int64.to_float (Virtual_time.now_ns ()) /. 1e9

let offloads =
  {
    Mirage_net_headroom.checksum = true;
    segmentation_v4 = true;
    segmentation_v6 = true;
  }

let faulty =
  {
    Virtual_net.perfect with
    delay_ns = 2_000_000L;
    jitter_ns = 500_000L;
    loss = 0.01;
    duplicate = 0.01;
    corrupt = 0.01;
  }

let report seconds = Printf.printf "        %.3f virtual seconds\n" seconds

let () =
  Case.case "echo" (fun () -> report (echoed ()));
  Case.case "echo, offloaded" (fun () ->
      report (echoed ~capabilities:offloads ()));
  Case.case "echo over a faulty segment" (fun () ->
      report (echoed ~conditions:faulty ()));
  (* Nobody would find corruption here: the device vouches for checksums. *)
  Case.case "echo over a faulty segment, offloaded" (fun () ->
      let conditions = { faulty with corrupt = 0. } in
      report (echoed ~capabilities:offloads ~conditions ()))

let opening ?(server = true) port =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  (if server then Lwt.map ignore (host segment 1 listeners) else Lwt.return_unit)
  >>= fun () ->
  host segment 2 listeners >>= fun client ->
  Flow.create_connection client (address 1, port)

let () =
  Case.case "nobody listens: refused" (fun () ->
      match opening 81 with
      | Error `Refused -> ()
      | Ok _ | Error _ -> failwith "expected a refusal");
  Case.case "nobody is there: unreachable, with the reason" (fun () ->
      match opening ~server:false echo_port with
      | Error (`Unreachable why) -> Printf.printf "        %s\n" why
      | Ok _ | Error _ -> failwith "expected to be told")
