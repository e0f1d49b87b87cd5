type producer = unit -> Cstruct.t option Lwt.t
type body = Whole of Cstruct.t | Sized of int * producer | Chunked of producer
type t = { status : int; headers : (string * string) list; body : body }

let html = "text/html; charset=utf-8"

let text ?(status = 200) ?(content_type = html) text =
  {
    status;
    headers = [ ("Content-Type", content_type) ];
    body = Whole (Cstruct.of_string text);
  }

let names =
  [
    (200, "OK");
    (201, "Created");
    (204, "No Content");
    (206, "Partial Content");
    (301, "Moved Permanently");
    (302, "Found");
    (304, "Not Modified");
    (400, "Bad Request");
    (403, "Forbidden");
    (404, "Not Found");
    (405, "Method Not Allowed");
    (408, "Request Timeout");
    (413, "Content Too Large");
    (414, "URI Too Long");
    (416, "Range Not Satisfiable");
    (417, "Expectation Failed");
    (431, "Request Header Fields Too Large");
    (500, "Internal Server Error");
    (501, "Not Implemented");
    (503, "Service Unavailable");
    (505, "HTTP Version Not Supported");
  ]

let name status = Option.value (List.assoc_opt status names) ~default:"Unknown"

let error status message =
  text ~status ~content_type:"text/plain; charset=utf-8"
    (Printf.sprintf "%d %s: %s\n" status (name status) message)

type framing = Bare | Length of int | Chunks | Until_close

let framing t ~is_1_1 =
  match t.body with
  | _ when t.status = 204 || t.status = 304 -> Bare
  | Whole body -> Length (Cstruct.length body)
  | Sized (length, _) -> Length length
  | Chunked _ -> if is_1_1 then Chunks else Until_close

let framing_field = function
  | Bare | Until_close -> ""
  | Length length -> Printf.sprintf "Content-Length: %d\r\n" length
  | Chunks -> "Transfer-Encoding: chunked\r\n"

(* Framing is the connection's: a handler's own would contradict it. *)
let is_of_connection (name, _) =
  match String.lowercase_ascii name with
  | "content-length" | "transfer-encoding" | "connection" -> true
  | _ -> false

let header header =
  if is_of_connection header then ""
  else Printf.sprintf "%s: %s\r\n" (fst header) (snd header)

let head t ~is_1_1 ~keep_alive =
  let connection =
    match (is_1_1, keep_alive) with
    | true, true -> ""
    | false, true -> "Connection: keep-alive\r\n"
    | _, false -> "Connection: close\r\n"
  in
  Printf.sprintf "HTTP/1.1 %d %s\r\n%s%s%s\r\n" t.status (name t.status)
    (String.concat "" (List.map header t.headers))
    (framing_field (framing t ~is_1_1))
    connection

let wants_close t =
  let closes (name, value) =
    String.lowercase_ascii name = "connection"
    && List.mem "close" (Http_syntax.members value)
  in
  List.exists closes t.headers

let fault t =
  let open Http_syntax in
  let is_wrong (name, text) = name = "" || not (all token name && all value text) in
  if t.status < 200 || t.status > 599 then Some (Printf.sprintf "the status %d" t.status)
  else
    match List.find_opt is_wrong t.headers with
    | Some (name, text) -> Some (Printf.sprintf "the header %S: %S" name text)
    | None -> None

(* {1 Pages} *)

type page = {
  answer : t;
  body : Cstruct.t;
  kept : Cstruct.t;  (** head and body; the connection goes on *)
  closing : Cstruct.t;
  kept_head : Cstruct.t;
  closing_head : Cstruct.t;
}

let page ?content_type content =
  let body = Cstruct.of_string content in
  let answer = { (text ?content_type "") with body = Whole body } in
  let answer = { answer with headers = ("Accept-Ranges", "bytes") :: answer.headers } in
  let head keep_alive = Cstruct.of_string (head answer ~is_1_1:true ~keep_alive) in
  let kept_head = head true and closing_head = head false in
  {
    answer;
    body;
    kept = Cstruct.append kept_head body;
    closing = Cstruct.append closing_head body;
    kept_head;
    closing_head;
  }

let of_page page = page.answer

let ready page (request : Http_request.t) =
  match (request.meth = "HEAD", request.keep_alive) with
  | false, true -> page.kept
  | false, false -> page.closing
  | true, true -> page.kept_head
  | true, false -> page.closing_head

(* {1 Parts} *)

let number text =
  if text <> "" && Http_syntax.(all digit text) then
    Some (Option.value (int_of_string_opt text) ~default:max_int)
  else None

(* First and last byte of a range in [length] bytes. *)
(* RFC 9110, section 14.1.2: "first-last", "first-" or "-count of the last". *)
let limits text length =
  match String.split_on_char '-' text with
  | [ ""; last ] ->
      let take count = (Int.max 0 (length - count), length - 1) in
      Option.map take (number last)
  | [ first; "" ] -> Option.map (fun first -> (first, length - 1)) (number first)
  | [ first; last ] -> (
      match (number first, number last) with
      | Some first, Some last when first <= last -> Some (first, Int.min last (length - 1))
      | _, _ -> None)
  | _ -> None

(* Several ranges may be answered by the whole (RFC 9110, section 14.2). *)
let run_of_bytes range =
  match String.index_opt range '=' with
  | Some index
    when String.lowercase_ascii (String.sub range 0 index) = "bytes" && not (String.contains range ',') ->
      Some (String.sub range (index + 1) (String.length range - index - 1))
  | Some _ | None -> None

let part_of page (first, last) =
  let length = Cstruct.length page.body in
  let described what = ("Content-Range", Printf.sprintf "bytes %s/%d" what length) in
  if first > last || first < 0 then
    let refusal = error 416 "the page is shorter" in
    { refusal with headers = described "*" :: refusal.headers }
  else
    {
      status = 206;
      headers = described (Printf.sprintf "%d-%d" first last) :: page.answer.headers;
      body = Whole (Cstruct.sub page.body first (last - first + 1));
    }

let part page range =
  match Option.bind (run_of_bytes range) (fun text -> limits text (Cstruct.length page.body)) with
  | Some limits -> part_of page limits
  | None -> page.answer
