(* packages: cohttp cohttp-lwt cohttp-mirage http-peer mirage-kv-mem virtual-network *)

(* cohttp's server with a site out of a key-value store, HEAD among the requests, and connections
   that stay. *)

open Case
open Lwt.Infix

module Date = struct
  let now_d_ps () = (0, 0L)
  let current_tz_offset_s () = None
  let period_d_ps () = None
end

module Kv = Mirage_kv_mem.Make (Date)
module Server = Cohttp_mirage.Server (Http_peer.Flow)
module Site = Cohttp_mirage.Static.HTTP (Kv) (Server)

let values =
  [
    ("index.html", "<h1>home</h1>"); ("a b/index.html", "<h1>there</h1>"); ("style.CSS", "body{}");
    ("deep/er/data.json", "{}"); ("noname", "?");
  ]

let store () =
  Kv.connect () >>= fun kv ->
  let set (path, value) =
    Kv.set kv (Mirage_kv.Key.v path) value >|= fun done_ -> check path (Result.is_ok done_) in
  Lwt_list.iter_s set values >|= fun () -> kv

(* The answers to these requests over one connection, in which each but the last stays. *)
let heard server requests =
  let peer = Http_peer.create () in
  Http_peer.connect (Server.listen server) peer;
  Http_peer.says peer (String.concat "" requests);
  Virtual_time.Time.sleep_ns (Duration.of_sec 1) >|= fun () -> Http_peer.heard peer

let request ?(meth = "GET") path = Printf.sprintf "%s %s HTTP/1.1\r\nHost: x\r\n\r\n" meth path
let find text word =
  let n = String.length word in
  let rec from i =
    if i + n > String.length text then None
    else if String.sub text i n = word then Some i
    else from (i + 1)
  in
  from 0

(* Fields and body. *)
let parted answer =
  match find answer "\r\n\r\n" with
  | Some at -> (String.sub answer 0 at, String.sub answer (at + 4) (String.length answer - at - 4))
  | None -> failwith ("no answer: " ^ String.escaped answer)

let site paths check_answers () =
  Virtual_time.run @@ fun () ->
  store () >>= fun kv ->
  let request_fn _ headers = Cohttp.Header.add headers "x-own" "y" in
  let server = Site.start ~http_port:8080 ~request_fn kv (fun (`TCP port) server ->
      equal string_of_int "port" 8080 port;
      server) in
  Lwt_list.iter_s (fun (meth, path, status, kind, body) ->
      heard server [ request ~meth path ] >|= fun answer ->
      check_answers path (status, kind, body) (parted answer)) paths

let has fields text = find fields text <> None

let answer path (status, kind, body) (fields, rest) =
  check (path ^ " status: " ^ fields) (has fields ("HTTP/1.1 " ^ status));
  if kind <> "" then check (path ^ " type: " ^ fields) (has fields ("content-type: " ^ kind) && has fields "x-own: y");
  Option.iter (fun body -> equal Fun.id (path ^ " body") body rest) body

let paths =
  let got path kind body = ("GET", path, "200", kind, Some body) in
  [
    got "/" "text/html" "<h1>home</h1>"; got "/index.html?q=1" "text/html" "<h1>home</h1>";
    got "/a%20b/" "text/html" "<h1>there</h1>"; got "/a%20b" "text/html" "<h1>there</h1>";
    got "/style.CSS" "text/css" "body{}"; got "/deep/er/data.json" "application/json" "{}";
    got "/noname" "application/octet-stream" "?"; got "//deep//er/data.json" "application/json" "{}";
    ("HEAD", "/style.CSS", "200", "text/css", Some "");
    ("GET", "/nothing", "404", "", None); ("GET", "/deep/", "404", "", None);
    got "/deep/../index.html" "text/html" "<h1>home</h1>"; ("GET", "/deep/%2e%2e%2findex.html", "404", "", None);
    ("POST", "/", "405", "", None); ("HEAD", "/nothing", "404", "", Some "");
  ]

(* {2 HEAD, and connections that stay} *)

let app () =
  let body_of request =
    match Cohttp.Request.resource request with
    | "/stream" -> `Stream (Lwt_stream.of_list [ "ab"; "c" ])
    | _ -> `String "hello"
  in
  let callback _ request _ = Server.respond ~status:`OK ~body:(body_of request) () in
  Server.make ~callback ()

let whole requests expected () =
  Virtual_time.run @@ fun () ->
  heard (app ()) requests >|= fun answer -> equal String.escaped "answers" expected answer

let sized = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"

let () =
  case "a site" (site paths answer);
  case "one after another" (whole [ request "/"; request "/"; request "/stream" ] (sized ^ "hello" ^ sized ^ "hello" ^ chunked));
  case "HEAD has a length and no body"
    (whole [ request ~meth:"HEAD" "/"; request "/" ] (sized ^ sized ^ "hello"));
  case "HEAD of what comes in chunks"
    (whole [ request ~meth:"HEAD" "/stream"; request "/" ] ("HTTP/1.1 200 OK\r\n\r\n" ^ sized ^ "hello"))
