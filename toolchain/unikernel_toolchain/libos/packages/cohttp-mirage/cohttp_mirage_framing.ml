open Http_request

type place = Header | Nothing | Sized | Chunk_size | Chunk_data | Trailer

type t = { header : Buffer.t; mutable place : place }

let create () = { header = Buffer.create 256; place = Header }
let is_in_header t = t.place = Header
let has_begun t = Buffer.length t.header > 0

let next t =
  Buffer.clear t.header;
  t.place <- Header

let refuse why = raise (Bad_body { status = 400; why })

(* {1 Headers} *)

let is_digit c = c >= '0' && c <= '9'
let for_all test text = List.for_all test (List.of_seq (String.to_seq text))

(* What the parser here takes, being allowed to, and cohttp reads otherwise. *)
let check_for_cohttp request =
  let values name = List.filter (fun (other, _) -> other = name) (Lazy.force request.headers) in
  (match values "content-length" with
  | [] -> ()
  | [ (_, digits) ] when for_all is_digit digits -> ()
  | _ -> refuse "more than one length of the body");
  match (request.body, request.meth) with
  | Sized 0, _ -> ()
  | _, ("GET" | "HEAD" | "CONNECT" | "TRACE") -> refuse "a body of a request that has none"
  | Sized _, _ -> ()
  | Chunked, _ when values "transfer-encoding" = [ ("transfer-encoding", "chunked") ] -> ()
  | Chunked, _ -> refuse "the body is coded in an unknown way"

let header_ends t =
  match parse (Buffer.contents t.header) 0 with
  | Malformed refusal -> raise (Bad_body refusal)
  | Incomplete -> refuse "the header breaks off"
  | Complete (request, _) -> (
      check_for_cohttp request;
      match request.body with
      | Chunked -> t.place <- Chunk_size
      | Sized 0 -> t.place <- Nothing
      | Sized _ -> t.place <- Sized)

(* A line without a colon is cohttp's end of a header: so is one that breaks off. *)
let header_line t text =
  if has_begun t && text <> "" && not (String.contains text ':') then refuse "a field without a name";
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
    refuse "a chunk without a size";
  int_of_string ("0x" ^ digits)

let broken_off = "the request breaks off"

let line t = function
  | None -> if t.place <> Nothing && (t.place <> Header || has_begun t) then refuse broken_off
  | Some text -> (
      match t.place with
      | Header -> header_line t text
      | Chunk_size -> t.place <- (if chunk_size text = 0 then Trailer else Chunk_data)
      | Chunk_data when text = "" -> t.place <- Chunk_size
      | Chunk_data -> refuse "a chunk is longer than its size"
      | Trailer -> if text = "" then t.place <- Nothing
      | Nothing | Sized -> ())

let ended t = if t.place = Sized || t.place = Chunk_data then refuse broken_off
