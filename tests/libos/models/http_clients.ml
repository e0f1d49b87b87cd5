(* packages: http-peer virtual-network *)

(* The HTTP server among clients that send anything at any pace, and one that is good, in
   virtual time. Whatever they do: nothing is raised, every connection ends a bounded time after its
   client's last word, little is kept for each, and the good one is answered at once. *)

open Case
open Lwt.Infix
open Seeded_runs

let sleep_s seconds = Virtual_time.Time.sleep_ns (Duration.of_sec seconds)

(* {1 What is seen} *)

let expected =
  [ "200"; "400"; "404"; "405"; "408"; "413"; "414"; "417"; "431"; "501"; "505"; "100" ]
  @ [ "closed"; "reset"; "good answers"; "good clients that had to connect again" ]

let rec statuses heard place =
  match String.index_from_opt heard place 'H' with
  | Some at when at + 12 <= String.length heard ->
      if String.sub heard at 9 = "HTTP/1.1 " then reach (String.sub heard (at + 9) 3);
      statuses heard (at + 1)
  | Some _ | None -> ()

(* {1 The server} *)

let page = String.make 200 'p'

let long_part = Cstruct.create 30_000

let rec pass_over body =
  body () >>= function None -> Lwt.return_unit | Some _ -> pass_over body

let handler (request : Http_request.t) body =
  let answer body = { Http_response.status = 200; headers = []; body } in
  match request.target with
  | "/read" -> pass_over body >|= fun () -> Http_response.text "read"
  | "/echo" -> Lwt.return (answer (Chunked body))
  | "/unread" -> Lwt.return (Http_response.text "unread")
  | "/long" ->
      let left = ref 5 in
      let part () =
        decr left;
        Lwt.return (if !left < 0 then None else Some long_part)
      in
      Lwt.return (answer (Chunked part))
  | "/fails" -> Lwt.fail_with "as it should"
  | _ -> Http_server.not_found request body

let limits () =
  {
    (Http_limits.default ()) with
    header_bytes = 2_000;
    body_bytes = 50_000;
    drain_bytes = 3_000;
    connections = 3 + below 6;
  }

(* {1 Bad clients} *)

let targets = [| "/"; "/read"; "/echo"; "/unread"; "/long"; "/fails"; "/none"; "*"; "/%zz" |]

let starts () =
  let meth = pick [| "GET"; "GET"; "POST"; "POST"; "HEAD"; "BREW" |] in
  let version = pick [| "1.1"; "1.1"; "1.1"; "1.0"; "2.0" |] in
  Printf.sprintf "%s %s HTTP/%s\r\n" meth (pick targets) version

let fields =
  [|
    "Host: a\r\n";
    "Host: a\r\n";
    "Host: a\r\n";
    "Content-Length: 10\r\n";
    "Content-Length: 2500\r\n";
    "Content-Length: 60000\r\n";
    "Transfer-Encoding: chunked\r\n";
    "Expect: 100-continue\r\n";
    "Expect: tea\r\n";
    "Connection: close\r\n";
    "Connection: keep-alive\r\n";
    "X : y\r\n";
  |]

let bodies =
  [| "0123456789"; "a\r\n0123456789\r\n"; "0\r\n\r\n"; "1_0\r\n"; String.make 2_500 'b'; "5;" |]

let noise () = String.init (below 40) (fun _ -> Char.chr (below 256))
let whole_request target = Printf.sprintf "GET %s HTTP/1.1\r\nHost: a\r\n\r\n" target

let some_fields () = String.concat "" (List.init (below 4) (fun _ -> pick fields))

let word () =
  match below 12 with
  | 0 -> whole_request (pick targets)
  | 1 | 2 -> starts () ^ "Host: a\r\n" ^ some_fields () ^ "\r\n"
  | 3 | 4 -> starts () ^ "Host: a\r\n" ^ some_fields () ^ "\r\n" ^ pick bodies
  | 5 -> starts ()
  | 6 -> pick fields
  | 7 | 8 -> pick bodies
  | 9 -> noise ()
  | 10 -> "GET /" ^ String.make (below 3_000) 'a'
  | _ -> "X: " ^ String.make (below 3_000) 'y' ^ "\r\n"

let cut text = if below 3 > 0 then text else String.sub text 0 (below (String.length text + 1))

(* In crumbs, which come each for itself. *)
let crumbs peer text =
  let step = 1 + below 8 in
  let rec from place =
    if place >= String.length text then Lwt.return_unit
    else (
      Http_peer.says peer (String.sub text place (Int.min step (String.length text - place)));
      Lwt.pause () >>= fun () -> from (place + step))
  in
  from 0

let rec act peer left =
  if left = 0 then Lwt.return_unit
  else
    (match below 10 with
     | 0 -> sleep_s 1
     | 1 -> sleep_s (below 25)
     | 2 -> sleep_s (below 90)
     | 3 ->
         Http_peer.takes peer (below 100_000);
         Lwt.return_unit
     | 4 when below 4 = 0 ->
         Http_peer.finishes peer;
         Lwt.return_unit
     | 5 -> crumbs peer (cut (word ()))
     | _ ->
         Http_peer.says peer (cut (word ()));
         Lwt.pause ())
    >>= fun () -> act peer (left - 1)

let bad_client server =
  let window = pick [| max_int; max_int; 0; 100; 100_000 |] in
  let peer = Http_peer.create ~window () in
  let act () = Http_peer.connect server peer; act peer (1 + below 8) in
  (peer, if below 3 = 0 then sleep_s (below 60) >>= act else act ())

(* {1 The good one} *)

(* An answer is there as soon as all that is due has run. *)
let rec answered peer ~before ~patience =
  let length = String.length (Http_peer.heard peer) in
  if length > before then Lwt.return_true
  else if patience = 0 then Lwt.return_false
  else Lwt.pause () >>= fun () -> answered peer ~before ~patience:(patience - 1)

let rec asks server peer left =
  if left = 0 then Lwt.return_unit
  else
    let peer =
      if Http_peer.ending peer = Open then peer
      else (
        reach "good clients that had to connect again";
        let peer = Http_peer.create () in
        Http_peer.connect server peer;
        peer)
    in
    let before = String.length (Http_peer.heard peer) in
    Http_peer.says peer (whole_request "/");
    answered peer ~before ~patience:20 >>= fun is_answered ->
    check "the good client was answered" is_answered;
    reach "good answers";
    sleep_s (1 + below 20) >>= fun () -> asks server peer (left - 1)

let good_client server =
  let peer = Http_peer.create () in
  Http_peer.connect server peer;
  asks server peer 6

(* {1 A run} *)

let bytes_for_each = 60_000

(* What the server keeps is reached from its peers, with what they said and heard. *)
let is_small peers =
  let own = List.fold_left (fun sum peer -> sum + (3 * String.length (Http_peer.heard peer))) 0 peers in
  let kept = 8 * Obj.reachable_words (Obj.repr peers) in
  check "little is kept" (kept - own < (bytes_for_each * List.length peers) + 200_000)

(* Times of one request, and of those that were sent with it. *)
let longest_s = 400

let all_end peers =
  let rec wait left =
    if List.for_all (fun peer -> Http_peer.ending peer <> Open) peers then Lwt.return_unit
    else if left = 0 then failwith "a connection does not end"
    else sleep_s 10 >>= fun () -> wait (left - 10)
  in
  wait longest_s

let ends peer =
  statuses (Http_peer.heard peer) 0;
  match Http_peer.ending peer with
  | Closed -> reach "closed"
  | Reset -> reach "reset"
  | Raised exn -> raise exn
  | Open -> failwith "open"

let run () =
  Virtual_time.run ~limit_s:100_000 @@ fun () ->
  let server = Http_peer.Server.server ~limits:(limits ()) ~handler [ ("/", Http_response.page page) ] in
  let peers, acts = List.split (List.init (1 + below 6) (fun _ -> bad_client server)) in
  let good = good_client server in
  Lwt.join acts >>= fun () ->
  if number () mod 100 = 0 then is_small peers;
  all_end peers >>= fun () ->
  List.iter ends peers;
  good

let () =
  Logs.set_reporter Logs.nop_reporter;
  all "clients that send anything at any pace" run;
  reached expected
