(* packages: http-peer virtual-network *)

(* The HTTP server against peers that follow a script, in virtual time. *)

open Case
open Lwt.Infix

let sleep_s seconds = Virtual_time.Time.sleep_ns (Duration.of_sec seconds)
let text = Fun.id
let crlf = String.concat "\r\n"
let page = ("/", Http_response.page "hello")
let get ?(version = "1.1") ?(fields = []) target =
  crlf ((("GET " ^ target ^ " HTTP/" ^ version) :: "Host: x" :: fields) @ [ ""; "" ])

let read_all body =
  let buffer = Buffer.create 64 in
  let rec more () =
    body () >>= function
    | None -> Lwt.return (Buffer.contents buffer)
    | Some part ->
        Buffer.add_string buffer (Cstruct.to_string part);
        more ()
  in
  more ()

(* Answers with the body, once all of it is there. *)
let echo _ body = read_all body >|= fun text -> Http_response.text text

let stream parts =
  let left = ref parts in
  fun () ->
    match !left with
    | [] -> Lwt.return_none
    | "!" :: _ -> Lwt.fail_with "in the middle"
    | part :: rest ->
        left := rest;
        Lwt.return_some (Cstruct.of_string part)

let answers body _ _ = Lwt.return { Http_response.status = 200; headers = []; body }

(* {1 Conversations} *)

let limits = Http_limits.default ()

let with_server ?(limits = limits) ?handler run =
  Virtual_time.run (fun () -> run (Http_peer.Server.server ~limits ?handler [ page ]))

(* What the server says to this, and how it ends after a second. *)
let conversation ?limits ?handler ?window pieces =
  with_server ?limits ?handler @@ fun server ->
  let peer = Http_peer.create ?window () in
  Http_peer.connect server peer;
  Lwt_list.iter_s
    (fun piece ->
      Http_peer.says peer piece;
      Lwt.pause () >>= Lwt.pause)
    pieces
  >>= fun () ->
  sleep_s 3 >|= fun () -> (Http_peer.heard peer, Http_peer.ending peer)

let show_ending : Http_peer.ending -> string = function
  | Open -> "open"
  | Closed -> "closed"
  | Reset -> "reset"
  | Raised exn -> Printexc.to_string exn

let starts_with word text =
  String.length text >= String.length word && String.sub text 0 (String.length word) = word

let index_of word text =
  let rec from place =
    if place + String.length word > String.length text then -1
    else if String.sub text place (String.length word) = word then place
    else from (place + 1)
  in
  from 0

let contains word text = index_of word text >= 0
let count word text =
  let rec from text total =
    match index_of word text with
    | -1 -> total
    | place ->
        let next = place + String.length word in
        from (String.sub text next (String.length text - next)) (total + 1)
  in
  from text 0

let is_answered ?limits ?handler ?(ending = "open") ~with_ pieces =
  let heard, end_ = conversation ?limits ?handler pieces in
  let what = String.escaped (String.concat "|" pieces) in
  if not (starts_with with_ heard) then failwith (what ^ " got " ^ String.escaped heard);
  equal text what ending (show_ending end_);
  heard

let status ?limits ?handler ?(ending = "open") status pieces =
  let with_ = Printf.sprintf "HTTP/1.1 %d " status in
  ignore (is_answered ?limits ?handler ~ending ~with_ pieces : string)

let body_of heard =
  let head = index_of "\r\n\r\n" heard + 4 in
  String.sub heard head (String.length heard - head)

(* {1 Requests} *)

let routes () =
  List.iter
    (fun target -> status 200 [ get target ])
    [ "/"; "/?x=1"; "http://a/"; "http://a:80"; "/."; "/b/.."; "/%2e/" ];
  status 404 [ get "/b" ];
  status 404 [ get "/%2f" ]

let methods () =
  let with_method meth = [ meth ^ " / HTTP/1.1\r\nHost: x\r\n\r\n" ] in
  List.iter (fun meth -> status 405 (with_method meth)) [ "POST"; "DELETE"; "TRACE"; "OPTIONS" ];
  List.iter (fun meth -> status 501 (with_method meth)) [ "get"; "BREW"; "M-SEARCH" ];
  status 501 [ "BREW /b HTTP/1.1\r\nHost: x\r\n\r\n" ];
  status 501 [ "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" ];
  status 204 [ "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n" ];
  let head = is_answered ~with_:"HTTP/1.1 200 " [ "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" ] in
  equal text "no body of HEAD" "" (body_of head);
  check "its length" (contains "Content-Length: 5" head);
  let streamed = Http_response.Chunked (stream [ "a" ]) in
  let handler = answers streamed in
  let head = is_answered ~handler ~with_:"HTTP/1.1 200 " [ "HEAD /b HTTP/1.1\r\nHost: x\r\n\r\n" ] in
  equal text "no chunks of HEAD" "" (body_of head)

let closing () =
  let ends ending fields version =
    ignore (is_answered ~ending ~with_:"HTTP/1.1 200" [ get ~version ~fields "/" ] : string)
  in
  ends "open" [] "1.1";
  ends "closed" [ "Connection: close" ] "1.1";
  ends "closed" [] "1.0";
  ends "open" [ "Connection: keep-alive" ] "1.0";
  let kept = [ get ~version:"1.0" ~fields:[ "Connection: keep-alive" ] "/" ] in
  check "said" (contains "Connection: keep-alive" (is_answered ~with_:"HTTP/1.1 200" kept))

let refused () =
  let refuse code request = status ~ending:"closed" code [ request; get "/" ] in
  let body = get "/smuggled" in
  let field = Printf.sprintf "Content-Length : %d" (String.length body) in
  let heard, _ = conversation [ get ~fields:[ field ] "/" ^ body ] in
  check "a blank before a colon" (starts_with "HTTP/1.1 400" heard);
  equal string_of_int "answers" 1 (count "HTTP/1.1" heard);
  refuse 505 "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  refuse 414 ("GET /" ^ String.make 9_000 'a');
  refuse 431 (get ~fields:[ "X: " ^ String.make 17_000 'a' ] "/");
  refuse 431 ("GET / HTTP/1.1\r\nX: " ^ String.make 20_000 'a');
  let limits = { limits with body_bytes = 10 } in
  status ~limits ~ending:"closed" 413 [ get ~fields:[ "Content-Length: 11" ] "/" ]

let pipelined () =
  let slow (request : Http_request.t) _ =
    (if request.target = "/slow" then sleep_s 1 else Lwt.return_unit) >|= fun () ->
    Http_response.text request.target
  in
  let targets = [ "/slow"; "/one"; "/"; "/two"; "/"; "/three" ] in
  let heard, _ = conversation ~handler:slow [ String.concat "" (List.map get targets) ] in
  let places = List.map (fun word -> index_of word heard) [ "/slow"; "/one"; "hello"; "/two"; "/three" ] in
  check "all are there" (List.for_all (fun place -> place >= 0) places);
  check "in order" (List.sort compare places = places);
  let pages = 1_000 in
  let heard, _ = conversation [ String.concat "" (List.init pages (fun _ -> get "/")) ] in
  equal string_of_int "answers" pages (count "hello" heard)

(* {1 Bodies} *)

let post ?(version = "1.1") ?(fields = []) body =
  crlf ((("POST /b HTTP/" ^ version) :: "Host: x" :: fields) @ [ ""; body ])

let chunked body = post ~fields:[ "Transfer-Encoding: chunked" ] body

let echoed expected request =
  let heard = is_answered ~handler:echo ~with_:"HTTP/1.1 200" [ request ] in
  equal text (String.escaped request) expected (body_of heard);
  let crumbs = List.init (String.length request) (fun i -> String.make 1 request.[i]) in
  let heard = is_answered ~handler:echo ~with_:"HTTP/1.1 200" crumbs in
  equal text "in crumbs" expected (body_of heard)

let bodies () =
  echoed "abc" (post ~fields:[ "Content-Length: 3" ] "abc");
  echoed "" (chunked "0\r\n\r\n");
  echoed "abcde" (chunked "3\r\nabc\r\n002\r\nde\r\n000\r\n\r\n");
  echoed "0123456789" (chunked "A\r\n0123456789\r\n0\r\n\r\n");
  echoed "abc" (chunked "3;a=\"b\";c\r\nabc\r\n0;d\r\nTrailer: x\r\nY: z\r\n\r\n")

let wrong_chunks =
  [
    "3\nabc\r\n0\r\n\r\n";
    "3\r\nabc\n0\r\n\r\n";
    "3\r\nabc\r\n0\n\r\n";
    "3\r\nabc\r\n0\r\n\n";
    "1_0\r\n0123456789abcdef\r\n0\r\n\r\n";
    " 3\r\nabc\r\n0\r\n\r\n";
    "3 \r\nabc\r\n0\r\n\r\n";
    "3\t;a\r\nabc\r\n0\r\n\r\n";
    "0x3\r\nabc\r\n0\r\n\r\n";
    "+3\r\nabc\r\n0\r\n\r\n";
    "-3\r\nabc\r\n0\r\n\r\n";
    "3\rabc\r\n0\r\n\r\n";
    "\r\nabc\r\n0\r\n\r\n";
    ";a\r\nabc\r\n0\r\n\r\n";
    "3;\x00\r\nabc\r\n0\r\n\r\n";
    "3;a\rb\r\nabc\r\n0\r\n\r\n";
    "3\r\nabcd\r\n0\r\n\r\n";
    "10000000000000000\r\nabc";
    "ffffffffffffffffffffffff\r\nabc";
    "3;" ^ String.make 2_000 'a' ^ "\r\nabc\r\n0\r\n\r\n";
    String.concat "" (List.init 40 (fun _ -> "1;" ^ String.make 900 'a' ^ "\r\nb\r\n")) ^ "0\r\n\r\n";
    "0\r\n folded: x\r\n\r\n";
    "0\r\nno colon\r\n\r\n";
    "0\r\nX : y\r\n\r\n";
    "0\r\nX: \x00\r\n\r\n";
    "0\r\n" ^ String.concat "" (List.init 200 (fun i -> Printf.sprintf "X%d: y\r\n" i)) ^ "\r\n";
    "0\r\n" ^ String.concat "" (List.init 50 (fun _ -> "X: " ^ String.make 900 'y' ^ "\r\n")) ^ "\r\n";
  ]

let wrong_bodies () =
  let is_refused ~handler body =
    let heard, ending = conversation ~handler [ chunked body ^ get "/" ] in
    let what = String.escaped body in
    equal string_of_int (what ^ ": answers") 1 (count "HTTP/1.1" heard);
    equal text what "closed" (show_ending ending);
    heard
  in
  let is_400 body = check body (starts_with "HTTP/1.1 400" (is_refused ~handler:echo body)) in
  List.iter is_400 wrong_chunks;
  let unread = answers (Whole (Cstruct.of_string "done")) in
  let is_ended body = check body (contains "done" (is_refused ~handler:unread body)) in
  List.iter is_ended wrong_chunks;
  let limits = { limits with body_bytes = 10 } in
  status ~limits ~handler:echo ~ending:"closed" 413 [ chunked "8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n" ]

let cut_off () =
  with_server ~handler:echo @@ fun server ->
  let peer = Http_peer.create () in
  Http_peer.connect server peer;
  Http_peer.says peer (post ~fields:[ "Content-Length: 10" ] "abc");
  Lwt.pause () >>= fun () ->
  Http_peer.finishes peer;
  sleep_s 1 >|= fun () ->
  check "half a body is no body" (not (contains "abc" (Http_peer.heard peer)));
  check "closed" (Http_peer.ending peer = Closed)

let unread () =
  let handler = answers (Whole (Cstruct.of_string "done")) in
  let fields = [ "Content-Length: 1000" ] in
  let body = String.make 1000 'a' in
  let heard, ending = conversation ~handler [ post ~fields body ^ get "/" ] in
  check "a short one is passed over" (contains "done" heard && contains "hello" heard);
  equal text "kept" "open" (show_ending ending);
  let much = 10_000_000 in
  let fields = [ Printf.sprintf "Content-Length: %d" much ] in
  let heard, ending = conversation ~handler [ post ~fields (String.make 1_000_000 'a') ] in
  check "it is said" (contains "Connection: close" heard);
  equal text "a long one is not" "closed" (show_ending ending)

(* {1 Expectations} *)

let continue = "HTTP/1.1 100 Continue\r\n\r\n"
let expecting ?version body =
  let fields = [ "Expect: 100-continue"; Printf.sprintf "Content-Length: %d" 3 ] in
  post ?version ~fields body

let expectations () =
  let heard, _ = conversation ~handler:echo [ expecting ""; "abc" ] in
  check "told to go on" (starts_with (continue ^ "HTTP/1.1 200") heard);
  let heard, _ = conversation ~handler:echo [ expecting "abc" ] in
  check "not when it has begun" (starts_with "HTTP/1.1 200" heard);
  let heard, _ = conversation ~handler:echo [ expecting ~version:"1.0" ""; "abc" ] in
  check "not in HTTP/1.0" (starts_with "HTTP/1.1 200" heard);
  let unread = answers (Whole (Cstruct.of_string "no")) in
  let heard, ending = conversation ~handler:unread [ expecting "" ] in
  check "not when nobody waits for it" (starts_with "HTTP/1.1 200" heard);
  equal text "and nothing can follow" "closed" (show_ending ending);
  let streamed _ body = answers (Sized (3, body)) () () in
  let heard, ending = conversation ~handler:streamed [ expecting ""; "abc"; get "/" ] in
  check "before the answer that is made of it" (starts_with (continue ^ "HTTP/1.1 200") heard);
  check "the body, and the next" (contains "abc" heard && contains "hello" heard);
  equal text "kept" "open" (show_ending ending);
  status ~ending:"closed" 417 [ get ~fields:[ "Expect: tea" ] "/" ]

(* {1 Answers} *)

let streams () =
  let handler = answers (Chunked (stream [ "ab"; ""; "c"; "" ])) in
  let heard = is_answered ~handler ~with_:"HTTP/1.1 200" [ get "/b" ] in
  equal text "empty parts" "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n" (body_of heard);
  let handler = answers (Chunked (stream [ "ab"; ""; "c"; "" ])) in
  let request = [ get ~version:"1.0" ~fields:[ "Connection: keep-alive" ] "/b" ] in
  let heard = is_answered ~handler ~ending:"closed" ~with_:"HTTP/1.1 200" request in
  equal text "no chunks in HTTP/1.0" "abc" (body_of heard);
  check "nor said" (not (contains "Transfer-Encoding" heard));
  let handler = answers (Sized (3, stream [ "ab"; ""; "c" ])) in
  let heard = is_answered ~handler ~with_:"HTTP/1.1 200" [ get "/b" ] in
  equal text "of a known length" "abc" (body_of heard)

let broken_off () =
  let breaks ?(ending = "closed") ?version body =
    let heard, end_ = conversation ~handler:(answers body) [ get ?version "/b" ^ get "/" ] in
    equal string_of_int "answers" 1 (count "HTTP/1.1" heard);
    equal text "ending" ending (show_ending end_);
    heard
  in
  let heard = breaks (Chunked (stream [ "ab"; "!" ])) in
  check "no last chunk" (not (contains "0\r\n\r\n" heard));
  ignore (breaks (Sized (5, stream [ "ab"; "!" ])) : string);
  ignore (breaks (Sized (5, stream [ "ab" ])) : string);
  ignore (breaks (Sized (1, stream [ "ab" ])) : string);
  ignore (breaks ~version:"1.0" ~ending:"reset" (Chunked (stream [ "ab"; "!" ])) : string)

let unfit () =
  let answer ?(status = 200) headers _ _ =
    Lwt.return { Http_response.status; headers; body = Whole Cstruct.empty }
  in
  let is_500 handler = status ~handler 500 [ get "/b" ] in
  List.iter
    (fun header -> is_500 (answer [ header ]))
    [ ("X", "a\r\nY: b"); ("X", "a\nb"); ("X", "a\x00"); ("X\r\nY", "a"); ("", "a"); ("X ", "a") ];
  is_500 (answer ~status:100 []);
  is_500 (answer ~status:99_999 []);
  is_500 (fun _ _ -> failwith "a secret");
  let heard = is_answered ~handler:(fun _ _ -> failwith "a secret") ~with_:"HTTP/1.1 500" [ get "/b" ] in
  check "no word of why" (not (contains "secret" heard));
  let framing = [ ("content-length", "7"); ("Transfer-Encoding", "chunked"); ("Connection", "close") ] in
  let heard = is_answered ~handler:(answer framing) ~ending:"closed" ~with_:"HTTP/1.1 200" [ get "/b" ] in
  check "one framing" (count "ontent-" heard = 1 && not (contains "chunked" heard));
  let heard = is_answered ~handler:(answer ~status:204 []) ~with_:"HTTP/1.1 204" [ get "/b" ] in
  check "no length of nothing" (not (contains "Content-Length" heard))

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
  case "targets that lead to a page" routes;
  case "methods" methods;
  case "which connections go on" closing;
  case "requests that are refused" refused;
  case "pipelined requests are answered in order" pipelined;
  case "bodies" bodies;
  case "bodies in wrong chunks" wrong_bodies;
  case "half a body" cut_off;
  case "bodies that nobody reads" unread;
  case "expectations" expectations;
  case "streamed answers" streams;
  case "answers that break off" broken_off;
  case "answers that cannot be sent" unfit;
  case "peers that keep it waiting" silent;
  case "peers that are slow" steady;
  case "more peers than there is room for" crowd;
  case "no room but for those that are served" busy
