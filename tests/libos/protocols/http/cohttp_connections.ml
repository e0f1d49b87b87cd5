(* packages: cohttp cohttp-lwt cohttp-mirage http-peer virtual-network *)

(* cohttp's server against peers that keep it waiting, in virtual time. *)

open Case
open Lwt.Infix

let sleep_s seconds = Virtual_time.Time.sleep_ns (Duration.of_sec seconds)
let limits = Http_limits.default ()

let fields lines = String.concat "\r\n" (lines @ [ ""; "" ])
let get path = fields [ "GET " ^ path ^ " HTTP/1.1"; "Host: x" ]
let post framing body = fields [ "POST / HTTP/1.1"; "Host: x"; framing ] ^ body

(* A server of its own for each case: its clock is that of one virtual world. Answers with what
   it was sent; /big with a megabyte; /own hands the connection over to an echo. *)
let server () =
  let module Server = Cohttp_mirage.Server (Http_peer.Flow) in
  let rec echo ic oc =
    Server.IO.read ic 100 >>= function
    | "" -> Lwt.return_unit
    | text -> Server.IO.write oc text >>= fun () -> Server.IO.flush oc >>= fun () -> echo ic oc
  in
  let response text = Server.respond_string ~status:`OK ~body:text () >|= fun r -> `Response r in
  let answer _ request body =
    match Cohttp.Request.resource request with
    | "/big" -> response (String.make 1_000_000 'a')
    | "/own" -> Lwt.return (`Expert (Cohttp.Response.make ~status:`Switching_protocols (), echo))
    | _ -> Cohttp_lwt.Body.to_string body >>= fun body -> response ("<" ^ body ^ ">")
  in
  Server.listen (Server.make_response_action ~callback:answer ())

let serve = ref (server ())

let in_a_world run =
  serve := server ();
  Virtual_time.run ~limit_s:10_000 run

let show : Http_peer.ending -> string = function
  | Open -> "open"
  | Closed -> "closed"
  | Reset -> "reset"
  | Raised exn -> Printexc.to_string exn

let connect ?window script =
  let peer = Http_peer.create ?window () in
  Http_peer.connect !serve peer;
  script peer;
  peer

let rec ends_at peer ~by =
  let now = Duration.to_sec (Virtual_time.now_ns ()) in
  if Http_peer.ending peer <> Open then Lwt.return now
  else if now > by then failwith "it does not end"
  else sleep_s 1 >>= fun () -> ends_at peer ~by

let says text peer = Http_peer.says peer text

let rec every ms piece peer =
  if Http_peer.ending peer = Open then (
    Http_peer.says peer piece;
    Lwt.async (fun () -> Virtual_time.Time.sleep_ns (Duration.of_ms ms) >|= fun () -> every ms piece peer))

(* It ends so between these seconds. *)
let lasts ?window ending (least, most) script () =
  in_a_world @@ fun () ->
  let from = Duration.to_sec (Virtual_time.now_ns ()) in
  let peer = connect ?window script in
  ends_at peer ~by:(from + most + 10) >|= fun ended ->
  let took = ended - from in
  if took < least || took > most then failwith (Printf.sprintf "%d seconds" took);
  equal Fun.id "ending" ending (show (Http_peer.ending peer))

let contains word text =
  let n = String.length word in
  let rec from i = i + n <= String.length text && (String.sub text i n = word || from (i + 1)) in
  from 0

let good_ones () =
  in_a_world @@ fun () ->
  let peer = connect (says (get "/" ^ post "Content-Length: 3" "abc")) in
  sleep_s 1 >>= fun () ->
  says (post "Transfer-Encoding: chunked" "2\r\nde\r\n1;x=y\r\nf\r\n0\r\n\r\n") peer;
  sleep_s 50 >>= fun () ->
  says (get "/") peer;
  sleep_s 1 >|= fun () ->
  let heard = Http_peer.heard peer in
  List.iter (fun part -> check part (contains part heard)) [ "<>"; "<abc>"; "<def>" ];
  equal Fun.id "still there" "open" (show (Http_peer.ending peer))

(* As slow as it may be, for as long as it likes. *)
let slow_body () =
  in_a_world @@ fun () ->
  let peer = connect (says (post "Content-Length: 120000" "")) in
  let rec send left =
    if left = 0 then Lwt.return_unit
    else (
      says (String.make 600 'a') peer;
      sleep_s 1 >>= fun () -> send (left - 1))
  in
  send 200 >>= fun () ->
  sleep_s 1 >|= fun () -> check "answered" (String.length (Http_peer.heard peer) > 120_000)

let slow_reader () =
  in_a_world @@ fun () ->
  let peer = connect ~window:65_536 (says (get "/big")) in
  let rec take left =
    if left = 0 then Lwt.return_unit
    else (
      Http_peer.takes peer 65_536;
      sleep_s 20 >>= fun () -> take (left - 1))
  in
  take 16 >|= fun () -> check "all of it" (String.length (Http_peer.heard peer) > 1_000_000)

let own_protocol () =
  in_a_world @@ fun () ->
  let peer = connect (says (get "/own")) in
  sleep_s 3600 >>= fun () ->
  says "hello" peer;
  sleep_s 1 >|= fun () ->
  check "echo" (contains "hello" (Http_peer.heard peer));
  equal Fun.id "still there" "open" (show (Http_peer.ending peer))

(* Lines without an end, or without number, are not kept. *)
let endless prefix piece () =
  in_a_world @@ fun () ->
  let said = ref 0 in
  let peer = connect (says prefix) in
  let rec more () =
    if Http_peer.ending peer <> Open then Lwt.return_unit
    else if !said > 10_000_000 then failwith "ten megabytes were taken"
    else (
      said := !said + String.length piece;
      says piece peer;
      Virtual_time.Time.sleep_ns 1_000_000L >>= more)
  in
  more () >|= fun () -> check "little was taken" (!said <= (2 * limits.header_bytes) + String.length piece)

(* {1 Framing} *)

(* All that is said to these pieces, then silence; and whether the connection ended. *)
let says_to ?(finishes = false) pieces =
  in_a_world @@ fun () ->
  let peer = connect ignore in
  Lwt_list.iter_s (fun piece -> says piece peer; Lwt.pause () >>= Lwt.pause) pieces >>= fun () ->
  if finishes then Http_peer.finishes peer;
  sleep_s 3 >|= fun () -> (Http_peer.heard peer, Http_peer.ending peer)

let count word text =
  let n = String.length word in
  let is_at i = i + n <= String.length text && String.sub text i n = word in
  List.length (List.filter is_at (List.init (String.length text) Fun.id))

let smuggled = get "/smuggled"

let refused ?finishes request =
  let heard, ending = says_to ?finishes [ request ^ smuggled ] in
  let what = String.escaped request in
  let refusals = count "HTTP/1.1 4" heard + count "HTTP/1.1 501" heard in
  if refusals <> 1 || count "HTTP/1.1" heard <> 1 || ending = Open then
    failwith (Printf.sprintf "%s: %s, %s" what (String.escaped heard) (show ending))

let ambiguous () =
  let request ?(meth = "POST") more body =
    refused (fields ([ meth ^ " / HTTP/1.1"; "Host: x" ] @ more) ^ body)
  in
  let length n = Printf.sprintf "Content-Length: %s" n in
  List.iter (fun n -> request [ length n ] "hello")
    [ "+5"; "-5"; "0x5"; "0b1"; "0_5"; "abc"; "5, 6"; "5, 5"; "12345678901234567890123"; "" ];
  request [ length "5"; length "6" ] "hello";
  request [ length "5"; length "5" ] "hello";
  request [ length "5"; "Transfer-Encoding: chunked" ] "0\r\n\r\n";
  List.iter (fun coding -> request [ "Transfer-Encoding: " ^ coding ] "0\r\n\r\n") [ "ChUnked"; "\"chunked\""; "chunked, chunked" ];
  request [ "Transfer-Encoding : chunked" ] "0\r\n\r\n";
  request [ "X: a"; " folded" ] "";
  request [ "X: a\rb" ] "";
  request [ "X: a\000b" ] "";
  request [ "Host: y" ] "";
  List.iter (fun meth -> request ~meth [ length "39" ] "") [ "GET"; "HEAD" ];
  refused (fields [ "GET / HTTP/1.1" ])

let wrong_chunks () =
  let request body = refused (post "Transfer-Encoding: chunked" body) in
  List.iter request
    [ "5\r\nhelloX\r\n0\r\n\r\n"; "zz\r\n"; "-5\r\nhello\r\n"; "1_0\r\n"; "+5\r\nhello\r\n0\r\n\r\n"; "\r\n"; "11111111111111111\r\n" ]

let broken_off () =
  let request what text =
    let heard, ending = says_to ~finishes:true [ text ] in
    check (what ^ " is answered: " ^ String.escaped heard) (count "HTTP/1.1 200" heard = 0);
    check (what ^ " stays") (ending <> Open)
  in
  request "half a body" (post "Content-Length: 100" "abc");
  request "half a chunk" (post "Transfer-Encoding: chunked" "5\r\nab");
  request "chunks without an end" (post "Transfer-Encoding: chunked" "2\r\nab\r\n");
  request "half a field" "GET / HTTP/1.1\r\nHost: x\r\nCont";
  request "a header without an end" "GET / HTTP/1.1\r\nHost: x\r\n";
  let heard, _ = says_to ~finishes:true [ get "/" ] in
  equal string_of_int "a whole one" 1 (count "HTTP/1.1 200" heard)

let crowd () =
  in_a_world @@ fun () ->
  let slow = List.init (2 * limits.connections) (fun _ -> connect (says "GET / HT")) in
  sleep_s 1 >>= fun () ->
  let still = List.length (List.filter (fun peer -> Http_peer.ending peer = Open) slow) in
  check (Printf.sprintf "%d stay" still) (still <= limits.connections);
  let good = connect (says (get "/")) in
  sleep_s 1 >|= fun () -> check "served" (contains "<>" (Http_peer.heard good))

let () =
  let chunked = post "Transfer-Encoding: chunked" in
  case "good ones" good_ones;
  case "silence" (lasts "closed" (60, 62) ignore);
  case "half a header" (lasts "reset" (20, 24) (says "GET / HTTP/1.1\r\nHo"));
  case "half of the next header" (lasts "reset" (20, 24) (fun peer ->
      says (get "/") peer;
      Lwt.async (fun () -> Lwt.pause () >|= fun () -> says "GET /" peer)));
  case "a header in crumbs" (lasts "reset" (20, 24) (fun peer ->
      says "GET / HTTP/1.1\r\n" peer;
      every 1_000 "X: y\r\n" peer));
  case "silence after a request" (lasts "closed" (60, 62) (says (get "/")));
  case "half a body" (lasts "reset" (20, 24) (says (post "Content-Length: 1000" "abc")));
  case "a body in crumbs" (lasts "reset" (20, 24) (fun peer ->
      says (post "Content-Length: 1000000" "") peer;
      every 1_000 "a" peer));
  case "chunks in crumbs" (lasts "reset" (20, 24) (fun peer ->
      says (chunked "") peer;
      every 1_000 "1\r\na\r\n" peer));
  case "an answer that nobody takes" (lasts ~window:1 "reset" (30, 33) (says (get "/big")));
  case "a slow body" slow_body;
  case "a slow reader" slow_reader;
  case "a protocol of the application's own" own_protocol;
  case "a request line without an end" (endless "GET /" (String.make 1000 'a'));
  case "a field without an end" (endless "GET / HTTP/1.1\r\nX: " (String.make 1000 'a'));
  case "fields without number" (endless "GET / HTTP/1.1\r\n" "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
  case "a chunk's size without an end" (endless (chunked "1") (String.make 1000 '0'));
  case "requests that others would read otherwise" ambiguous;
  case "wrong chunks" wrong_chunks;
  case "requests that break off" broken_off;
  case "more peers than there is room for" crowd
