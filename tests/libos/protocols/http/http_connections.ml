(* packages: http-peer virtual-network *)

(* The HTTP server against peers that follow a script: requests and answers. *)

open Case
open Lwt.Infix
open Http_fixture

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

let () =
  case "targets that lead to a page" routes;
  case "methods" methods;
  case "which connections go on" closing;
  case "requests that are refused" refused;
  case "pipelined requests are answered in order" pipelined;
  case "streamed answers" streams;
  case "answers that break off" broken_off;
  case "answers that cannot be sent" unfit
