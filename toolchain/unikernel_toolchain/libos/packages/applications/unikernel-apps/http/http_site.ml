type handler = Http_request.t -> Http_response.producer -> Http_response.t Lwt.t
type t = { pages : (string, Http_response.page) Hashtbl.t; handler : handler }

exception Connection_lost

let create handler pages =
  let t = { pages = Hashtbl.create 16; handler } in
  List.iter (fun (path, page) -> Hashtbl.replace t.pages path page) pages;
  t

(* {1 Methods} *)

let known = [ "GET"; "HEAD"; "POST"; "PUT"; "DELETE"; "OPTIONS"; "TRACE"; "PATCH" ]
let unknown meth = Http_response.error 501 (meth ^ " is not done here")

let allow methods (response : Http_response.t) =
  { response with headers = ("Allow", methods) :: response.headers }

let not_found (request : Http_request.t) _ =
  Lwt.return
    (if List.mem request.meth known then
       Http_response.error 404 (request.target ^ " is not here")
     else unknown request.meth)

let refusal (request : Http_request.t) =
  if List.mem request.meth known then
    let message = request.meth ^ " of a page; it has GET and HEAD" in
    allow "GET, HEAD" (Http_response.error 405 message)
  else unknown request.meth

(* {1 Pages} *)

let reads (request : Http_request.t) = request.meth = "GET" || request.meth = "HEAD"

let ready_page t (request : Http_request.t) =
  match request.body with
  | Sized 0
    when request.range = None && reads request && (request.is_1_1 || not request.keep_alive)
    ->
      Hashtbl.find_opt t.pages request.target
  | Sized _ | Chunked -> None

(* Pages have no validator that [If-Range] could hold (RFC 9110, section 13.1.5). *)
let page_answer page (request : Http_request.t) =
  match request.range with
  | Some range when request.meth = "GET" && Http_request.header request "if-range" = None ->
      Http_response.part page range
  | Some _ | None -> Http_response.of_page page

let page t (request : Http_request.t) =
  match Hashtbl.find_opt t.pages request.target with
  | Some page -> Some page
  | None -> Hashtbl.find_opt t.pages (Lazy.force request.path)

(* {1 Answers} *)

let sendable response ~failed =
  match Http_response.fault response with
  | None -> response
  | Some what ->
      failed (Failure ("an answer with " ^ what));
      Http_response.error 500 "the answer could not be sent"

let handled t request producer ~failed =
  Lwt.catch
    (fun () -> Lwt.map (sendable ~failed) (t.handler request producer))
    (function
      | Connection_lost -> Lwt.fail Connection_lost
      | Http_request.Bad_body { status; why } -> Lwt.return (Http_response.error status why)
      | exn ->
          failed exn;
          Lwt.return (Http_response.error 500 "the server failed"))

let answer t (request : Http_request.t) producer ~failed =
  match request.meth with
  | "CONNECT" -> Lwt.return (unknown request.meth)
  | "OPTIONS" when request.target = "*" ->
      let nothing = Http_response.text ~status:204 "" in
      Lwt.return { nothing with headers = [ ("Allow", "GET, HEAD, OPTIONS") ] }
  | _ -> (
      match page t request with
      | Some page when reads request -> Lwt.return (page_answer page request)
      | Some _ -> Lwt.return (refusal request)
      | None -> handled t request producer ~failed)
