(* packages: http-peer virtual-network *)

(* The HTTP server and the bodies of requests, and those that announce one. *)

open Case
open Lwt.Infix
open Http_fixture

(* {1 Bodies} *)

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

let () =
  case "bodies" bodies;
  case "bodies in wrong chunks" wrong_bodies;
  case "half a body" cut_off;
  case "bodies that nobody reads" unread;
  case "expectations" expectations
