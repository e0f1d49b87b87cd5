(* packages: http-peer virtual-network *)

(* Reads connections from its input and prints what the HTTP server made of them, for a
   comparison with another parser. A connection is a line of pieces in hexadecimal, with
   blanks between; behind them the peer is silent, so the last of them may be a beginning. The
   answer is a line: the requests that were taken, each as method, target, body and fields, all in
   hexadecimal, and "-" for a body that did not come whole, then how it ended. *)

open Lwt.Infix

let hex text =
  let digits character = Printf.sprintf "%02x" (Char.code character) in
  "x" ^ String.concat "" (List.map digits (List.of_seq (String.to_seq text)))

let read_all body =
  let buffer = Buffer.create 64 in
  let rec more () =
    body () >>= function
    | None -> Lwt.return (hex (Buffer.contents buffer))
    | Some part ->
        Buffer.add_string buffer (Cstruct.to_string part);
        more ()
  in
  more ()

let message (request : Http_request.t) body =
  let field (name, value) = Printf.sprintf "%s:%s" (hex name) (hex value) in
  let fields = List.map field (Lazy.force request.headers) in
  String.concat "," (hex request.meth :: hex request.target :: body :: fields)

let handler taken request body =
  let is_cut = function Http_request.Bad_body _ -> true | _ -> false in
  Lwt.catch
    (fun () ->
       read_all body >|= fun body ->
       taken := message request body :: !taken;
       Http_response.text "")
    (fun exn ->
       if is_cut exn then taken := message request "-" :: !taken;
       Lwt.fail exn)

let bytes_of digits = Cstruct.to_string (Cstruct.of_hex digits)

let status heard =
  match String.split_on_char ' ' heard with _ :: status :: _ -> status | _ -> "none"

let ending peer =
  match Http_peer.ending peer with
  | Open -> "open"
  | Closed -> "closed"
  | Reset -> "reset"
  | Raised exn -> Printexc.to_string exn

let answer line =
  let taken = ref [] in
  Virtual_time.run @@ fun () ->
  let peer = Http_peer.create () in
  Http_peer.connect (Http_peer.Server.server ~handler:(handler taken) []) peer;
  Lwt_list.iter_s
    (fun piece ->
       Http_peer.says peer (bytes_of piece);
       Lwt.pause ())
    (String.split_on_char ' ' line)
  >>= fun () ->
  Virtual_time.Time.sleep_ns 2_000_000_000L >|= fun () ->
  let words = List.rev_append !taken [ ending peer; status (Http_peer.heard peer) ] in
  print_endline (String.concat " " words)

let () =
  try
    while true do
      answer (input_line stdin)
    done
  with End_of_file -> ()
