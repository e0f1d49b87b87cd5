(* cohttp takes some messages that are none, and some in two ways. This follows a message
   line by line beside it, and raises before cohttp acts on what is malformed. *)

open Http_request

type kind = Request | Response
type state = Header | No_body | Sized | Chunk_size | Chunk_data | Trailer
type t = { kind : kind; header : Buffer.t; mutable state : state }

let create kind = { kind; header = Buffer.create 256; state = Header }
let is_in_header t = t.state = Header
let has_begun t = Buffer.length t.header > 0

let next t =
  Buffer.clear t.header;
  t.state <- Header

let malformed why = raise (Bad_body { status = 400; why })

(* {1 Headers} *)

let is_digit c = c >= '0' && c <= '9'
let for_all test text = List.for_all test (List.of_seq (String.to_seq text))

(* What the parser here takes, being allowed to, and cohttp reads otherwise. *)
let check_for_cohttp request =
  let values name = List.filter (fun (other, _) -> other = name) (Lazy.force request.headers) in
  (match values "content-length" with
   | [] -> ()
   | [ (_, digits) ] when for_all is_digit digits -> ()
   | _ -> malformed "more than one length of the body");
  match (request.body, request.meth) with
  | Sized 0, _ -> ()
  | _, ("GET" | "HEAD" | "CONNECT" | "TRACE") -> malformed "a body of a request that has none"
  | Sized _, _ -> ()
  | Chunked, _ when values "transfer-encoding" = [ ("transfer-encoding", "chunked") ] -> ()
  | Chunked, _ -> malformed "the body is coded in an unknown way"

let body_of_request header =
  match parse header 0 with
  | Malformed refusal -> raise (Bad_body refusal)
  | Incomplete -> malformed "the header breaks off"
  | Complete (request, _) -> (
      check_for_cohttp request;
      match request.body with Chunked -> Chunk_size | Sized 0 -> No_body | Sized _ -> Sized)

let field line =
  match String.index_opt line ':' with
  | None -> None
  | Some colon ->
      let behind = String.sub line (colon + 1) (String.length line - colon - 1) in
      Some (String.lowercase_ascii (String.sub line 0 colon), String.trim behind)

let is_status line =
  String.length line >= 12
  && String.sub line 0 7 = "HTTP/1."
  && for_all is_digit (String.sub line 9 3)

(* Without either field a body lasts until the connection ends. *)
let body_of_response header =
  match String.split_on_char '\n' header |> List.map String.trim with
  | status :: lines when is_status status -> (
      let fields = List.filter_map field lines in
      let values name = List.filter_map (fun (n, v) -> if n = name then Some v else None) fields in
      match (values "transfer-encoding", List.sort_uniq compare (values "content-length")) with
      | [ "chunked" ], _ -> Chunk_size
      | _ :: _, _ -> malformed "its body is coded in an unknown way"
      | [], [] -> No_body
      | [], [ length ] when length <> "" && String.length length <= 18 && for_all is_digit length ->
          if int_of_string length = 0 then No_body else Sized
      | [], _ -> malformed "its body has an impossible length")
  | _ -> malformed "it does not begin as one"

let header_ends t =
  let header = Buffer.contents t.header in
  t.state <-
    (match t.kind with Request -> body_of_request header | Response -> body_of_response header)

(* A line without a colon is cohttp's end of a header: so is one that breaks off. *)
let header_line t text =
  if has_begun t && text <> "" && not (String.contains text ':') then malformed "a field without a name";
  if text <> "" || has_begun t then (
    Buffer.add_string t.header text;
    Buffer.add_string t.header "\r\n";
    if text = "" then header_ends t)

(* {1 Bodies} *)

let is_hex = function '0' .. '9' | 'a' .. 'f' | 'A' .. 'F' -> true | _ -> false

(* Fifteen digits are what an int of 63 bits holds. *)
let chunk_size text =
  let digits = List.hd (String.split_on_char ';' text) in
  let length = String.length digits in
  if length = 0 || length > 15 || not (for_all is_hex digits) then
    malformed "a chunk without a size";
  int_of_string ("0x" ^ digits)

let broken_off = "the message breaks off"

let line t = function
  | None -> if t.state <> No_body && (t.state <> Header || has_begun t) then malformed broken_off
  | Some text -> (
      match t.state with
      | Header -> header_line t text
      | Chunk_size -> t.state <- (if chunk_size text = 0 then Trailer else Chunk_data)
      | Chunk_data when text = "" -> t.state <- Chunk_size
      | Chunk_data -> malformed "a chunk is longer than its size"
      | Trailer -> if text = "" then t.state <- No_body
      | No_body | Sized -> ())

let ended t = if t.state = Sized || t.state = Chunk_data then malformed broken_off
