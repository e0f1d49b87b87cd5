(* packages: ethernet arp-mirage tcpip.ipv4 tcpip.tcp virtual-network *)
(* Flows between two whole stacks on a segment in memory: with an interface
   that offloads and without, on a clean segment and on a faulty one. *)

open Lwt.Infix
module Time = Virtual_time.Time

(* A clock that can jump, as a guest's does that was held for a while. *)
module Clock = struct
  let jumped = ref 0L
  let elapsed_ns () = Int64.add (Virtual_time.now_ns ()) !jumped
  let period_ns () = None
end

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

(* Answers before the request is read to its end, and closes. *)
let answer_early flow =
  Flow.read flow >>= fun _ ->
  Flow.write flow (Cstruct.of_string "early") >>= fun _ -> Flow.close flow

let early_port = 80

(* Breaks once it has read something. *)
let break flow = Flow.read flow >>= fun _ -> Lwt.fail_with "on purpose"

let broken_port = 81

let listeners port =
  let serve process = Some { Flow.process; keepalive = None } in
  if port = echo_port then serve echo
  else if port = early_port then serve answer_early
  else if port = broken_port then serve break
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

let with_client ?conditions program =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment ?conditions () in
  host segment 1 listeners >>= fun _server ->
  host segment 2 listeners >>= program

(* {2 Ends} *)

let piece = Cstruct.create 100_000

let rec write_until_closed flow ~left =
  if left = 0 then Lwt.fail_with "it takes data for ever"
  else
    Flow.write flow piece >>= function
    | Ok () -> write_until_closed flow ~left:(left - 1)
    | Error `Closed -> Lwt.return (1000 - left)
    | Error e -> write_error e

let answered_early client =
  open_flow client early_port >>= fun flow ->
  Lwt.both
    (receive flow (Buffer.create 10))
    (write_until_closed flow ~left:1000)
  >|= fun (answer, pieces) ->
  Case.equal Fun.id "answer" "early" answer;
  Printf.printf "        closed after %d pieces of 100,000 bytes\n" pieces;
  Case.check "more was taken than lingering allows" (pieces < 50)

let reset client =
  open_flow client broken_port >>= fun flow ->
  Flow.write flow (Cstruct.of_string "x") >>= fun _ ->
  Flow.read flow >>= fun first ->
  Flow.read flow >>= fun again ->
  Case.check "the end" (first = Ok `Eof && again = Ok `Eof);
  Flow.write flow piece >|= function
  | Error `Closed -> ()
  | Ok () | Error _ -> failwith "expected `Closed"

(* {2 A guest that is held} *)

let minute_ns = 60_000_000_000L

let rec receive_exactly flow left =
  if left = 0 then Lwt.return_unit
  else
    Flow.read flow >>= function
    | Ok (`Data data) -> receive_exactly flow (left - Cstruct.length data)
    | Ok `Eof -> Lwt.fail_with "the echo ends"
    | Error e -> error e

let question = Cstruct.create 1000

(* While every fifth question is on its way, a minute passes. *)
let rec ask flow rounds =
  if rounds = 0 then Lwt.return_unit
  else
    Flow.write flow question >>= fun _ ->
    Time.sleep_ns 2_000_000L >>= fun () ->
    if rounds mod 5 = 0 then
      Clock.jumped := Int64.add !Clock.jumped minute_ns;
    receive_exactly flow (Cstruct.length question) >>= fun () ->
    ask flow (rounds - 1)

let held ~conditions () =
  with_client ~conditions @@ fun client ->
  open_flow client echo_port >>= fun flow ->
  ask flow 200 >|= fun () -> Int64.to_float (Virtual_time.now_ns ()) /. 1e9

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
      report (echoed ~capabilities:offloads ~conditions ()));
  (* No round trip takes a minute, and no timeout. *)
  Case.case "held for a minute forty times, over a line that loses" (fun () ->
      let seconds = held ~conditions:{ faulty with loss = 0.05 } () in
      report seconds;
      Case.check "a timeout counts minutes" (seconds < 300.));
  Case.case "an answer before the request's end; then data that nobody reads" (fun () ->
      with_client answered_early);
  Case.case "a flow that was reset: `Eof, and `Closed" (fun () ->
      with_client reset)

let opening ?(server = true) port =
  Virtual_time.run @@ fun () ->
  let segment = Virtual_net.segment () in
  (if server then Lwt.map ignore (host segment 1 listeners) else Lwt.return_unit)
  >>= fun () ->
  host segment 2 listeners >>= fun client ->
  Flow.create_connection client (address 1, port)

let () =
  Case.case "nobody listens: refused" (fun () ->
      match opening 82 with
      | Error `Refused -> ()
      | Ok _ | Error _ -> failwith "expected a refusal");
  Case.case "nobody is there: unreachable, with the reason" (fun () ->
      match opening ~server:false echo_port with
      | Error (`Unreachable why) -> Printf.printf "        %s\n" why
      | Ok _ | Error _ -> failwith "expected to be told")
