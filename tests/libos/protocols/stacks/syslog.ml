(* packages: logs-syslog.mirage mirage-console unikernel-time virtual-network virtual-stacks *)

(* Syslog messages, and reporters that send them over a stack to servers that take them, are
   away, go and come back, or do not read. *)

open Lwt.Infix
open Case
open Virtual_stacks
module Stack = Stack4

let () = Default_time.set Time.sleep_ns

(* {2 Messages} *)

let time = Option.get (Ptime.of_date_time ((2020, 2, 5), ((17, 32, 18), 0)))
let ctx = { Syslog_message.timestamp = time; hostname = "sender"; set_hostname = false }

let message =
  { Syslog_message.facility = Local4; severity = Notice; timestamp = time; hostname = "host"; tag = "su"; content = ": x" }

let wire = "<165>Feb  5 17:32:18 host su: x"
let show = function Ok m -> Syslog_message.to_string m | Error (`Msg why) -> "error: " ^ why

let encoded () =
  equal Fun.id "whole" wire (Syslog_message.encode message);
  equal Fun.id "cut" "<165>Feb" (Syslog_message.encode ~len:8 message);
  equal Fun.id "local" "<165>Feb  5 17:32:18 su: x" (Syslog_message.encode_local message);
  equal show "back" (Ok message) (Syslog_message.decode ~ctx wire);
  let decoded text = Syslog_message.decode ~ctx text in
  let plain facility severity content =
    Ok { Syslog_message.facility; severity; timestamp = time; hostname = "sender"; tag = ""; content } in
  equal show "no priority" (plain User_Level_Messages Notice "hello") (decoded "hello");
  equal show "no time" (plain Kernel_Message Critical "hello you") (decoded "<2>hello you");
  equal show "no such time" (plain Kernel_Message Critical "Feb 30 17:32:18 a b") (decoded "<2>Feb 30 17:32:18 a b");
  List.iter (fun text -> check text (Result.is_error (decoded text)))
    [ ""; "<"; "<>"; "<1"; "<999>x"; "<-1>x"; "<0x1>x"; "<1234>x" ];
  check "numbers" (Syslog_message.facility_of_int 23 = Some Local7 && Syslog_message.facility_of_int 24 = None);
  check "severities" (Syslog_message.severity_of_int 7 = Some Debug && Syslog_message.int_of_severity Emergency = 0)

let strange_messages () =
  for _ = 1 to 50_000 do
    let text = Bytes.of_string wire in
    for _ = 0 to Stdlib.Random.State.int Seeded.state 4 do
      Bytes.set text (Stdlib.Random.State.int Seeded.state (Bytes.length text)) (Char.chr (Stdlib.Random.State.int Seeded.state 256))
    done;
    let text = Bytes.sub_string text 0 (Stdlib.Random.State.int Seeded.state (Bytes.length text + 1)) in
    match Syslog_message.decode ~ctx text with
    | Error (`Msg _) -> ()
    | Ok m ->
        let again = Result.get_ok (Syslog_message.decode ~ctx (Syslog_message.encode m)) in
        equal Fun.id text (Syslog_message.encode m) (Syslog_message.encode again)
  done


let from_logs () =
  let tags = Logs.Tag.(empty |> add Logs_syslog.facility Syslog_message.Local0) in
  let made ?header ?(tags = Logs.Tag.empty) source level =
    Syslog_message.encode (Logs_syslog.message ~host:"h" ~source ~tags ?header level time "text") in
  equal Fun.id "plain" "<27>Feb  5 17:32:18 h app: text" (made "app" Logs.Error);
  equal Fun.id "header, facility" "<134>Feb  5 17:32:18 h app: head: text" (made ~header:"head" ~tags "app" Logs.App);
  equal Fun.id "a source with dots" "<31>Feb  5 17:32:18 h tcp.flow: text" (made "tcp.flow" Logs.Debug);
  let frame = Logs_syslog.frame_message in
  equal Fun.id "line" "a b\n" (frame "a\nb" `LineFeed);
  equal Fun.id "null" "a b\000" (frame "a\000b" `Null);
  equal Fun.id "count" "3 a\nb" (frame "a\nb" `Count);
  equal Fun.id "custom" "a!" (frame "a" (`Custom "!"));
  Format.fprintf Logs_syslog.ppf "one %d" 2;
  equal Fun.id "flushed" "one 2" (Logs_syslog.flush ());
  equal Fun.id "flushed once" "" (Logs_syslog.flush ())

(* {2 Servers} *)

let console = ref []

module Console = struct
  type t = unit
  type error = |
  type write_error = Mirage_flow.write_error
  type flow = unit

  let pp_error _ (e : error) = match e with _ -> .
  let pp_write_error = Mirage_flow.pp_write_error
  let read () = Lwt.return_ok `Eof
  let write () _ = Lwt.return_ok ()
  let writev () _ = Lwt.return_ok ()
  let close () = Lwt.return_unit
  let disconnect () = Lwt.return_unit
  let log () text = console := text :: !console; Lwt.return_unit
end

module Date = struct
  let now_d_ps () = Ptime.Span.to_d_ps (Ptime.to_span time)
  let current_tz_offset_s () = None
  let period_d_ps () = None
end

module Udp = Logs_syslog_mirage.Udp (Console) (Date) (Stack)
module Tcp = Logs_syslog_mirage.Tcp (Console) (Date) (Stack)

let source = Logs.Src.create "app"
let log reporter text =
  let over = ref false in
  reporter.Logs.report source Logs.Info ~over:(fun () -> over := true) ignore (fun m -> m "%s" text);
  check "logging waits for nothing" !over

let line text = "<30>Feb  5 17:32:18 guest app: " ^ text
let second = Duration.of_sec 1

let world f () =
  Virtual_time.run ~limit_s:100_000 @@ fun () ->
  console := [];
  let segment = Net.segment () in
  stack4 segment 1 >>= fun sender ->
  stack4 segment 2 >>= fun server ->
  f segment sender server

let texts = equal (String.concat " | ")
let udp_server ?(port = 514) server =
  let heard = ref [] in
  Stack.listen_udpv4 server ~port (fun ~src:_ ~dst:_ ~src_port:_ data ->
      heard := Cstruct.to_string data :: !heard;
      Lwt.return_unit);
  heard

let over_udp _ sender server =
  let heard = udp_server server in
  let reporter = Udp.create () sender ~hostname:"guest" (address4 2) () in
  List.iter (log reporter) [ "one"; "two"; "three\nlines" ];
  Time.sleep_ns second >|= fun () ->
  texts "heard" [ line "three\nlines"; line "two"; line "one" ] !heard;
  texts "console" [] !console

let long_datagrams _ sender server =
  let heard = udp_server ~port:5514 server in
  let reporter = Udp.create () sender ~hostname:"guest" (address4 2) ~port:5514 ~truncate:40 () in
  log reporter (String.make 100 'x');
  let whole = Udp.create () sender ~hostname:"guest" (address4 2) ~port:5514 () in
  log whole (String.make 100_000 'y');
  Time.sleep_ns (Duration.of_sec 3) >|= fun () ->
  check "cut" (List.exists (fun text -> String.length text = 40) !heard);
  check ("as long as a datagram may be: " ^ String.concat ", " (List.map (fun t -> string_of_int (String.length t)) !heard))
    (List.exists (fun text -> String.length text = 65_507) !heard)

let absent_over_udp _ sender _ =
  let reporter = Udp.create () sender ~hostname:"guest" (address4 99) () in
  for n = 1 to 20_000 do log reporter (string_of_int n) done;
  Time.sleep_ns (Duration.of_sec 30) >|= fun () ->
  let said = List.length !console in
  check (Printf.sprintf "%d lines on the console" said) (said >= 1 && said <= 3)

let tcp_server ?(framing = '\000') server =
  let heard = ref [] and flows = ref [] in
  Stack.listen_tcpv4 server ~port:514 (fun flow ->
      flows := flow :: !flows;
      let rec read kept =
        Tcp4.read flow >>= function
        | Ok (`Data data) ->
            let parts = List.rev (String.split_on_char framing (kept ^ Cstruct.to_string data)) in
            heard := List.tl parts @ !heard;
            read (List.hd parts)
        | Ok `Eof | Error _ -> Tcp4.close flow
      in
      read "");
  (heard, flows)

let reporter ?framing sender =
  Tcp.create () sender ~hostname:"guest" (address4 2) ?framing () >|= function
  | Ok reporter -> reporter
  | Error why -> failwith why

let over_tcp _ sender server =
  let heard, _ = tcp_server ~framing:'\n' server in
  reporter ~framing:`LineFeed sender >>= fun reporter ->
  List.iter (log reporter) [ "one"; "two"; "three\nlines" ];
  Time.sleep_ns second >|= fun () ->
  texts "heard" [ line "three lines"; line "two"; line "one" ] !heard

let absent_over_tcp _ sender _ =
  Tcp.create () sender ~hostname:"guest" (address4 2) () >|= function
  | Ok _ -> failwith "there is no server"
  | Error why -> check why (String.length why > 40)

(* It closes, is asked again after a second, and gets what was said meanwhile. *)
let closed _ sender server =
  let heard, flows = tcp_server server in
  reporter sender >>= fun reporter ->
  log reporter "one";
  Time.sleep_ns second >>= fun () ->
  Tcp4.close (List.hd !flows) >>= fun () ->
  Time.sleep_ns (Int64.div second 2L) >>= fun () ->
  log reporter "two";
  Time.sleep_ns (Duration.of_sec 5) >|= fun () ->
  texts "heard" [ line "two"; line "one" ] !heard;
  equal string_of_int "connections" 2 (List.length !flows);
  equal string_of_int "gone, and there again" 2 (List.length !console)

(* The link is cut for ten minutes. *)
let cut segment sender server =
  let heard, _ = tcp_server server in
  reporter sender >>= fun reporter ->
  log reporter "before";
  Time.sleep_ns second >>= fun () ->
  Net.set_conditions segment { Net.perfect with loss = 1. };
  log reporter "meanwhile";
  Time.sleep_ns (Duration.of_min 10) >>= fun () ->
  Net.set_conditions segment Net.perfect;
  Time.sleep_ns (Duration.of_min 10) >>= fun () ->
  log reporter "after";
  Time.sleep_ns (Duration.of_min 5) >|= fun () ->
  check (String.concat " | " !heard) (List.mem (line "before") !heard && List.hd !heard = line "after")

(* A server that accepts and never reads costs a part of the memory, and no waiting. *)
let unread _ sender server =
  Stack.listen_tcpv4 server ~port:514 (fun _ -> fst (Lwt.wait ()));
  reporter sender >>= fun reporter ->
  let text = String.make 1000 'x' in
  let rec say n =
    if n = 0 then Lwt.return_unit
    else (
      log reporter text;
      (if n mod 100 = 0 then Time.sleep_ns 1_000_000L else Lwt.return_unit) >>= fun () -> say (n - 1))
  in
  say 5_000 >|= fun () ->
  equal string_of_int "the console is told once" 1 (List.length !console);
  check (List.hd !console) (String.length (List.hd !console) > 40)

(* One that closes every connection is asked once a second at most. *)
let flapping _ sender server =
  let accepted = ref 0 in
  Stack.listen_tcpv4 server ~port:514 (fun flow -> incr accepted; Tcp4.close flow);
  reporter sender >>= fun _ ->
  Time.sleep_ns (Duration.of_min 1) >|= fun () ->
  check (Printf.sprintf "%d connections" !accepted) (!accepted > 5 && !accepted <= 61)

let () =
  case "encoded and decoded" encoded;
  case "strange messages" strange_messages;
  case "from logs" from_logs;
  case "over UDP" (world over_udp);
  case "long datagrams" (world long_datagrams);
  case "nobody, over UDP" (world absent_over_udp);
  case "over TCP" (world over_tcp);
  case "nobody, over TCP" (world absent_over_tcp);
  case "a server that closes" (world closed);
  case "a link that is cut" (world cut);
  case "a server that does not read" (world unread);
  case "a server that closes every connection" (world flapping)
