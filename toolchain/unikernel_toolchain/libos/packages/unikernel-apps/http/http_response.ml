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
    (413, "Content Too Large");
    (416, "Range Not Satisfiable");
    (431, "Request Header Fields Too Large");
    (500, "Internal Server Error");
  ]

let name status = Option.value (List.assoc_opt status names) ~default:"Unknown"

let error status sentence =
  text ~status ~content_type:"text/plain; charset=utf-8"
    (Printf.sprintf "%d %s: %s\n" status (name status) sentence)

let framing = function
  | Whole body -> Printf.sprintf "Content-Length: %d\r\n" (Cstruct.length body)
  | Sized (length, _) -> Printf.sprintf "Content-Length: %d\r\n" length
  | Chunked _ -> "Transfer-Encoding: chunked\r\n"

let head t ~keep_alive =
  let header (name, value) = Printf.sprintf "%s: %s\r\n" name value in
  Printf.sprintf "HTTP/1.1 %d %s\r\n%s%s%s\r\n" t.status (name t.status)
    (String.concat "" (List.map header t.headers))
    (framing t.body)
    (if keep_alive then "" else "Connection: close\r\n")

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
  let head keep_alive = Cstruct.of_string (head answer ~keep_alive) in
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

(* First and last byte of a range in [length] bytes. *)
let limits text length =
  match String.split_on_char '-' text with
  | [ ""; last ] ->
      let take count = (Int.max 0 (length - count), length - 1) in
      Option.map take (int_of_string_opt last)
  | [ first; "" ] -> Option.map (fun first -> (first, length - 1)) (int_of_string_opt first)
  | [ first; last ] -> (
      match (int_of_string_opt first, int_of_string_opt last) with
      | Some first, Some last when first <= last -> Some (first, Int.min last (length - 1))
      | _, _ -> None)
  | _ -> None

let run_of_bytes range =
  match String.index_opt range '=' with
  | Some index when String.sub range 0 index = "bytes" && not (String.contains range ',') ->
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
