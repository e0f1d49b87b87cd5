open Lwt.Infix

type handler = Http_request.t -> Http_response.producer -> Http_response.t Lwt.t

let not_found (request : Http_request.t) _ =
  Lwt.return (Http_response.error 404 (request.target ^ " is not here"))

let keepalive =
  let second = 1_000_000_000L in
  let after = Int64.mul 60L second and interval = Int64.mul 15L second in
  { Mirage_protocols.Keepalive.after; interval; probes = 4 }

let continue = Cstruct.of_string "HTTP/1.1 100 Continue\r\n\r\n"
let chunk_end = Cstruct.of_string "\r\n"
let last_chunk = Cstruct.of_string "0\r\n\r\n"

module Connection (Flow : Mirage_flow.S) = struct
  module Input = Http_input.Make (Flow)

  type site = { pages : (string, Http_response.page) Hashtbl.t; handler : handler }

  type connection = {
    flow : Flow.flow;
    input : Input.t;
    mutable ready : Cstruct.t list;  (** answers to send, the last first *)
  }

  exception Lost
  (** The peer is gone. *)

  (* {1 Sending} *)

  let sent = function Ok () -> () | Error _ -> raise Lost
  let write c buffer = Flow.write c.flow buffer >|= sent

  let flush c =
    match c.ready with
    | [] -> Lwt.return_unit
    | [ answer ] ->
        c.ready <- [];
        write c answer
    | answers ->
        c.ready <- [];
        Flow.writev c.flow (List.rev answers) >|= sent

  let chunk part =
    let size = Cstruct.of_string (Printf.sprintf "%x\r\n" (Cstruct.length part)) in
    [ size; part; chunk_end ]

  (* True when as many bytes came as were announced. *)
  let rec send_sized c left producer =
    producer () >>= function
    | None -> Lwt.return (left = 0)
    | Some part when Cstruct.length part > left -> Lwt.return_false
    | Some part ->
        write c part >>= fun () -> send_sized c (left - Cstruct.length part) producer

  let rec send_chunks c producer =
    producer () >>= function
    | None -> write c last_chunk >|= fun () -> true
    | Some part ->
        Flow.writev c.flow (chunk part) >|= sent >>= fun () -> send_chunks c producer

  let send c (request : Http_request.t) (response : Http_response.t) ~keep_alive =
    let head = Cstruct.of_string (Http_response.head response ~keep_alive) in
    match response.body with
    | _ when request.meth = "HEAD" -> write c head >|= fun () -> true
    | Whole body -> Flow.writev c.flow [ head; body ] >|= sent >|= fun () -> true
    | Sized (length, producer) -> write c head >>= fun () -> send_sized c length producer
    | Chunked producer -> write c head >>= fun () -> send_chunks c producer

  (* {1 Requests} *)

  let rec drain producer =
    producer () >>= function None -> Lwt.return_unit | Some _ -> drain producer

  let page_answer page (request : Http_request.t) =
    match request.range with
    | Some range when request.meth = "GET" -> Http_response.part page range
    | Some _ | None -> Http_response.of_page page

  let refusal (request : Http_request.t) =
    let refusal = Http_response.error 405 (request.meth ^ " of a page; it has GET and HEAD") in
    { refusal with headers = ("Allow", "GET, HEAD") :: refusal.headers }

  let answer site (request : Http_request.t) producer =
    match Hashtbl.find_opt site.pages request.target with
    | Some page when request.meth = "GET" || request.meth = "HEAD" ->
        Lwt.return (page_answer page request)
    | Some _ -> Lwt.return (refusal request)
    | None ->
        Lwt.catch
          (fun () -> site.handler request producer)
          (function
            | Lost -> Lwt.fail Lost
            | exn -> Lwt.return (Http_response.error 500 (Printexc.to_string exn)))

  (* Before the handler is asked: what it answers may be made from the body. *)
  let ask_for_body c (request : Http_request.t) =
    if request.expects_continue then write c continue else Lwt.return_unit

  (* Whether the connection goes on. *)
  let respond c site (request : Http_request.t) =
    flush c >>= fun () ->
    ask_for_body c request >>= fun () ->
    let producer = Input.body c.input request.body in
    answer site request producer >>= fun response ->
    send c request response ~keep_alive:request.keep_alive >>= fun is_whole ->
    if is_whole && request.keep_alive then
      drain producer >|= fun () -> not (Input.is_broken c.input)
    else Lwt.return_false

  let refuse c status why =
    let response = Http_response.error status why in
    let head = Http_response.head response ~keep_alive:false in
    let body = match response.body with Whole body -> [ body ] | Sized _ | Chunked _ -> [] in
    flush c >>= fun () -> Flow.writev c.flow (Cstruct.of_string head :: body) >|= ignore

  (* A plain request for a page, which is most of what a server does. *)
  let ready_page site (request : Http_request.t) =
    match request.body with
    | Sized 0 when request.range = None && (request.meth = "GET" || request.meth = "HEAD") ->
        Hashtbl.find_opt site.pages request.target
    | Sized _ | Chunked -> None

  let rec serve_requests c site =
    match Input.request c.input with
    | Complete (request, _) -> serve_request c site request
    | Malformed why -> refuse c 400 why
    | Incomplete when Input.is_too_long c.input -> refuse c 431 "more than 16 KiB of headers"
    | Incomplete ->
        flush c >>= fun () ->
        Input.more c.input >>= fun came ->
        if came then serve_requests c site else Lwt.return_unit

  and serve_request c site request =
    match ready_page site request with
    | Some page ->
        c.ready <- Http_response.ready page request :: c.ready;
        if request.keep_alive then serve_requests c site else flush c
    | None ->
        respond c site request >>= fun goes_on ->
        if goes_on then serve_requests c site else Lwt.return_unit

  let serve_connection site flow =
    let c = { flow; input = Input.create flow; ready = [] } in
    Lwt.catch
      (fun () -> serve_requests c site)
      (function Lost -> Lwt.return_unit | exn -> Lwt.fail exn)
    >>= fun () -> Flow.close flow

  let site handler pages =
    let site = { pages = Hashtbl.create 16; handler } in
    List.iter (fun (target, page) -> Hashtbl.replace site.pages target page) pages;
    site
end

module Make (S : Mirage_stack.V4) = struct
  module Connection = Connection (S.TCPV4)

  let serve ?(port = 80) ?(handler = not_found) stack pages =
    let site = Connection.site handler pages in
    S.listen_tcpv4 ~keepalive stack ~port (Connection.serve_connection site);
    S.listen stack
end

module Make_v6 (S : Mirage_stack.V6) = struct
  module Connection = Connection (S.TCP)

  let serve ?(port = 80) ?(handler = not_found) stack pages =
    let site = Connection.site handler pages in
    S.listen_tcp ~keepalive stack ~port (Connection.serve_connection site);
    S.listen stack
end
