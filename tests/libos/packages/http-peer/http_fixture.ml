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
  Case.equal text what ending (show_ending end_);
  heard

let status ?limits ?handler ?(ending = "open") status pieces =
  let with_ = Printf.sprintf "HTTP/1.1 %d " status in
  ignore (is_answered ?limits ?handler ~ending ~with_ pieces : string)

let body_of heard =
  let head = index_of "\r\n\r\n" heard + 4 in
  String.sub heard head (String.length heard - head)

let post ?(version = "1.1") ?(fields = []) body =
  crlf ((("POST /b HTTP/" ^ version) :: "Host: x" :: fields) @ [ ""; body ])
