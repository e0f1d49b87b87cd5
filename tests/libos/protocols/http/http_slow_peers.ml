(* packages: http-peer virtual-network *)

(* The HTTP server and peers that keep it waiting, and more of them than it has room for,
   in virtual time. *)

open Case
open Lwt.Infix
open Http_fixture

(* {1 Time} *)

(* The first of these seconds at which the connection has ended. *)
let rec ends_at peer ~by =
  let now = Duration.to_sec (Virtual_time.now_ns ()) in
  if Http_peer.ending peer <> Open then Lwt.return now
  else if now > by then failwith "it does not end"
  else sleep_s 1 >>= fun () -> ends_at peer ~by

let every_second ?(from = "") piece peer =
  Http_peer.says peer from;
  let rec again () =
    sleep_s 1 >>= fun () ->
    if Http_peer.ending peer <> Open then Lwt.return_unit
    else (
      Http_peer.says peer piece;
      again ())
  in
  Lwt.async again

let lasts what ?handler ?window ?(with_ = "") ~ending (least, most) script =
  with_server ?handler @@ fun server ->
  let peer = Http_peer.create ?window () in
  Http_peer.connect server peer;
  script peer;
  ends_at peer ~by:(most + 10) >|= fun ended ->
  if ended < least || ended > most then failwith (Printf.sprintf "%s: %d seconds" what ended);
  equal text what ending (show_ending (Http_peer.ending peer));
  check (what ^ ": " ^ String.escaped (Http_peer.heard peer)) (contains with_ (Http_peer.heard peer))

let big = Http_response.page (String.make 1_000_000 'a')

let silent () =
  lasts "nothing" ~ending:"closed" (60, 62) ignore;
  lasts "half a request" ~with_:" 408 " ~ending:"closed" (20, 24) (fun peer -> Http_peer.says peer "GET / HT");
  lasts "half of the next" ~with_:" 408 " ~ending:"closed" (20, 24) (fun peer -> Http_peer.says peer (get "/" ^ "GET"));
  lasts "a request in crumbs" ~with_:" 408 " ~ending:"closed" (20, 24) (every_second ~from:"GET / HTTP/1.1\r\n" "X: y\r\n");
  lasts "after a request" ~with_:" 200 " ~ending:"closed" (60, 62) (fun peer -> Http_peer.says peer (get "/"));
  let fields = [ "Content-Length: 100000" ] in
  lasts "half a body" ~handler:echo ~with_:" 408 " ~ending:"closed" (20, 24) (fun peer ->
      Http_peer.says peer (post ~fields "abc"));
  lasts "a body in crumbs" ~handler:echo ~with_:" 408 " ~ending:"closed" (20, 24)
    (every_second ~from:(post ~fields "") "a");
  let unread = answers (Whole (Cstruct.of_string "done")) in
  lasts "a body that nobody reads" ~handler:unread ~with_:"done" ~ending:"closed" (20, 24) (fun peer ->
      Http_peer.says peer (post ~fields "abc"));
  let handler = answers (Chunked (fun () -> Lwt.return_some (Cstruct.create 10_000))) in
  lasts "a stream that nobody reads" ~handler ~window:100_000 ~ending:"reset" (30, 33) (fun peer ->
      Http_peer.says peer (get "/b"));
  lasts "a page that nobody reads" ~handler:(answers (Http_response.of_page big).body) ~window:1 ~ending:"reset"
    (30, 33) (fun peer -> Http_peer.says peer (get "/b"));
  lasts "an end that nobody reads" ~window:1 ~ending:"reset" (30, 33) (fun peer ->
      Http_peer.says peer (get ~fields:[ "Connection: close" ] "/"))

(* As slow as it is allowed to be. *)
let steady () =
  with_server ~handler:echo @@ fun server ->
  let peer = Http_peer.create () in
  Http_peer.connect server peer;
  let bytes = 600 and seconds = 200 in
  let fields = [ Printf.sprintf "Content-Length: %d" (bytes * seconds) ] in
  Http_peer.says peer (post ~fields "");
  let rec send left =
    if left = 0 then Lwt.return_unit
    else (
      Http_peer.says peer (String.make bytes 'a');
      sleep_s 1 >>= fun () -> send (left - 1))
  in
  send seconds >>= fun () ->
  sleep_s 1 >>= fun () ->
  check "a slow body is taken" (starts_with "HTTP/1.1 200" (Http_peer.heard peer));
  check "and the next request" (Http_peer.ending peer = Open);
  let reader = Http_peer.create ~window:65_536 () in
  Http_peer.connect (Http_peer.Server.server [ ("/", big) ]) reader;
  Http_peer.says reader (get ~fields:[ "Connection: close" ] "/");
  let rec take left =
    if left = 0 then Lwt.return_unit
    else (
      Http_peer.takes reader 65_536;
      sleep_s 20 >>= fun () -> take (left - 1))
  in
  take 16 >|= fun () ->
  check "a slow reader has it all" (String.length (Http_peer.heard reader) > 1_000_000);
  check "to the end" (Http_peer.ending reader = Closed)

(* {1 Crowds} *)

let peers count server script =
  List.init count (fun _ ->
      let peer = Http_peer.create () in
      Http_peer.connect server peer;
      script peer;
      peer)

let crowd () =
  let room = limits.connections in
  with_server @@ fun server ->
  let headers = peers (room / 2) server (fun peer -> Http_peer.says peer "GET") in
  let idle = peers 100 server ignore in
  sleep_s 3 >>= fun () ->
  let good = Http_peer.create () in
  Http_peer.connect server good;
  let rec waves left =
    if left = 0 then Lwt.return_unit
    else (
      Http_peer.says good (get "/");
      ignore (peers 50 server (fun peer -> Http_peer.says peer "GET ") : Http_peer.t list);
      sleep_s 1 >>= fun () -> waves (left - 1))
  in
  waves 2 >>= fun () ->
  let still = List.filter (fun peer -> Http_peer.ending peer = Open) in
  Printf.printf "        room for %d; %d of %d idle ones stay, %d of %d half requests\n" room
    (List.length (still idle)) (List.length idle) (List.length (still headers)) (List.length headers);
  check "idle ones went" (List.length (still idle) < List.length idle);
  check "the others stayed" (List.length (still headers) = List.length headers);
  waves 30 >|= fun () ->
  check "all of the first are gone" (still headers = []);
  equal string_of_int "the good one was served" 32 (count "hello" (Http_peer.heard good));
  check "throughout" (Http_peer.ending good = Open)

let busy () =
  let limits = { limits with connections = 4 } in
  with_server ~limits ~handler:(fun _ _ -> sleep_s 10 >|= fun () -> Http_response.text "late") @@ fun server ->
  let busy = peers 4 server (fun peer -> Http_peer.says peer (get "/b")) in
  Lwt.pause () >>= fun () ->
  let refused = peers 3 server ignore in
  sleep_s 11 >|= fun () ->
  check "those that are served stay" (List.for_all (fun peer -> contains "late" (Http_peer.heard peer)) busy);
  check "others are turned away" (List.for_all (fun peer -> Http_peer.ending peer = Reset) refused)

let () =
  case "peers that keep it waiting" silent;
  case "peers that are slow" steady;
  case "more peers than there is room for" crowd;
  case "no room but for those that are served" busy
