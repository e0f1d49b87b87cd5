type body = Sized of int | Chunked

type t = {
  meth : string;
  target : string;
  keep_alive : bool;
  body : body;
  expects_continue : bool;
  range : string option;
  headers : (string * string) list Lazy.t;
}

type progress = Complete of t * int | Incomplete | Malformed of string

exception Bad of string

(* {1 Lines} *)

(* Where the line that begins at [position] ends; -1 when it has no end yet. *)
let line_end text position =
  match String.index_from_opt text position '\n' with
  | None -> -1
  | Some index when index > position && String.unsafe_get text (index - 1) = '\r' -> index - 1
  | Some _ -> raise (Bad "a line without a carriage return")

let after_line ending = ending + 2

let rec header_end text position =
  match line_end text position with
  | -1 -> -1
  | ending when ending = position -> after_line ending
  | ending -> header_end text (after_line ending)

(* {1 Fields} *)

(* Compares without allocating: [name] is in lower case. *)
let has_name text position name =
  let length = String.length name in
  let rec same index =
    index = length
    || Char.lowercase_ascii (String.unsafe_get text (position + index))
       = String.unsafe_get name index
       && same (index + 1)
  in
  position + length < String.length text && text.[position + length] = ':' && same 0

let value text ~colon ~ending = String.trim (String.sub text (colon + 1) (ending - colon - 1))

type fields = {
  mutable connection : string;
  mutable length : int option;
  mutable is_chunked : bool;
  mutable continue : bool;
  mutable of_range : string option;
}

let content_length fields text =
  let is_digit = function '0' .. '9' -> true | _ -> false in
  match int_of_string_opt text with
  | Some length when text <> "" && String.for_all is_digit text -> (
      match fields.length with
      | Some other when other <> length -> raise (Bad "two lengths")
      | Some _ | None -> fields.length <- Some length)
  | Some _ | None -> raise (Bad "a length that is no number")

let transfer_encoding fields text =
  if String.lowercase_ascii text = "chunked" then fields.is_chunked <- true
  else raise (Bad "a transfer encoding that is not known")

let note fields text position ending =
  let if_named name use =
    if has_name text position name then
      use (value text ~colon:(position + String.length name) ~ending)
  in
  match Char.lowercase_ascii (String.unsafe_get text position) with
  | 'c' ->
      if_named "connection" (fun text -> fields.connection <- String.lowercase_ascii text);
      if_named "content-length" (content_length fields)
  | 't' -> if_named "transfer-encoding" (transfer_encoding fields)
  | 'e' ->
      if_named "expect" (fun text ->
          fields.continue <- String.lowercase_ascii text = "100-continue")
  | 'r' -> if_named "range" (fun text -> fields.of_range <- Some text)
  | ' ' | '\t' | ':' -> raise (Bad "a header without a name")
  | _ -> ()

let rec note_all fields text position =
  let ending = line_end text position in
  if ending > position then (
    note fields text position ending;
    note_all fields text (after_line ending))

let rec all_headers text position =
  let ending = line_end text position in
  if ending <= position then []
  else
    let rest = all_headers text (after_line ending) in
    match String.index_from_opt text position ':' with
    | Some colon when colon < ending ->
        let name = String.lowercase_ascii (String.sub text position (colon - position)) in
        (name, value text ~colon ~ending) :: rest
    | Some _ | None -> rest

let header t name = List.assoc_opt name (Lazy.force t.headers)

(* {1 The request line} *)

let begins text position word =
  let length = String.length word in
  let rec same index =
    index = length
    || String.unsafe_get text (position + index) = String.unsafe_get word index
       && same (index + 1)
  in
  position + length <= String.length text && same 0

let is_letter = function 'A' .. 'Z' -> true | _ -> false

let read_method text position space =
  if begins text position "GET " then "GET"
  else
    let meth = String.sub text position (space - position) in
    if meth <> "" && String.for_all is_letter meth then meth
    else raise (Bad "a method that is no word")

let space_before text position ending =
  match String.index_from_opt text position ' ' with
  | Some space when space < ending -> space
  | Some _ | None -> raise (Bad "a request line of fewer than three words")

type line = { of_method : string; of_target : string; is_latest : bool }

let request_line text position ending =
  let first = space_before text position ending in
  let second = space_before text (first + 1) ending in
  let is_latest = begins text second " HTTP/1.1" in
  if (not is_latest) && not (begins text second " HTTP/1.0") then
    raise (Bad "a version that is neither HTTP/1.1 nor HTTP/1.0");
  if ending - second <> 9 then raise (Bad "a request line of more than three words");
  {
    of_method = read_method text position first;
    of_target = String.sub text (first + 1) (second - first - 1);
    is_latest;
  }

(* {1 The whole} *)

let body fields =
  match (fields.is_chunked, fields.length) with
  | true, None -> Chunked
  | true, Some _ -> raise (Bad "a length and a transfer encoding")
  | false, length -> Sized (Option.value length ~default:0)

let complete text position finish =
  let ending = line_end text position in
  let line = request_line text position ending in
  let fields =
    { connection = ""; length = None; is_chunked = false; continue = false; of_range = None }
  in
  let first_header = after_line ending in
  note_all fields text first_header;
  let request =
    {
      meth = line.of_method;
      target = line.of_target;
      keep_alive = line.is_latest && fields.connection <> "close";
      body = body fields;
      expects_continue = fields.continue;
      range = fields.of_range;
      headers = lazy (all_headers text first_header);
    }
  in
  Complete (request, finish)

let parse text position =
  match header_end text position with
  | -1 -> Incomplete
  | finish when finish = position + 2 -> Malformed "an empty request"
  | finish -> ( try complete text position finish with Bad why -> Malformed why)
  | exception Bad why -> Malformed why
