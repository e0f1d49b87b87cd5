(* The few fields that decide where a message ends and whether the connection goes on,
   found while the header is checked, without making strings of the others. Two readings
   of one message are request smuggling: what is ambiguous is refused (RFC 9112, sections
   6.1 and 6.3). *)

open Http_syntax

type t = {
  mutable closes : bool;
  mutable keeps : bool;
  mutable lengths : string;
  mutable codings : string list;
  mutable continue : bool;
  mutable expects_other : bool;
  mutable range : string option;
  mutable host : string option;
}

let create () =
  {
    closes = false;
    keeps = false;
    lengths = "";
    codings = [];
    continue = false;
    expects_other = false;
    range = None;
    host = None;
  }

(* Compares without allocating: [name] is in lower case. *)
let has_name text position name =
  let length = String.length name in
  let rec same index =
    index = length
    || Char.lowercase_ascii (String.unsafe_get text (position + index))
       = String.unsafe_get name index
       && same (index + 1)
  in
  same 0

(* {1 Fields} *)

let connection t text =
  let option = function
    | "close" -> t.closes <- true
    | "keep-alive" -> t.keeps <- true
    | _ -> ()
  in
  List.iter option (members text)

(* The same length said twice is one (RFC 9110, section 8.6). *)
let content_length t text =
  let length length =
    if length = "" || not (all digit length) then bad "a length that is no number"
    else if t.lengths <> "" && t.lengths <> length then bad "two lengths"
    else t.lengths <- length
  in
  List.iter length (members text)

let expect t text =
  let expectation = function
    | "100-continue" -> t.continue <- true
    | "" -> ()
    | _ -> t.expects_other <- true
  in
  List.iter expectation (members text)

let host t text =
  if t.host <> None then bad "two hosts";
  if text <> "" then Http_target.check_authority text;
  t.host <- Some text

let transfer_encoding t text = t.codings <- t.codings @ members text
let range t text = t.range <- Some text

(* By length and first letter: most fields are none of these. *)
let read_field t text start ~colon ~ending =
  let named name use =
    if has_name text start name then use t (trimmed text (colon + 1) ending)
  in
  match (colon - start, String.unsafe_get text start) with
  | 4, ('h' | 'H') -> named "host" host
  | 5, ('r' | 'R') -> named "range" range
  | 6, ('e' | 'E') -> named "expect" expect
  | 10, ('c' | 'C') -> named "connection" connection
  | 14, ('c' | 'C') -> named "content-length" content_length
  | 17, ('t' | 'T') -> named "transfer-encoding" transfer_encoding
  | _, _ -> ()

(* {1 The body} *)

let digits_max = 18

let number text =
  if String.length text > digits_max then raise (Bad (413, "a body larger than any"))
  else int_of_string text

(* Whoever stands between may have believed the other of two lengths: nothing
   is made of a request that names both (RFC 9112, section 6.3), and nothing of
   chunks in HTTP/1.0, which has none (section 6.1). *)
let length t ~is_1_1 =
  match (t.codings, t.lengths) with
  | [], "" -> Some 0
  | [], text -> Some (number text)
  | _, _ when not is_1_1 -> bad "a transfer encoding in HTTP/1.0"
  | [ "chunked" ], "" -> None
  | [ "chunked" ], _ -> bad "a length and a transfer encoding"
  | codings, _ -> (
      match List.rev codings with
      | "chunked" :: others when not (List.mem "chunked" others || List.mem "" others) ->
          raise (Bad (501, "a transfer encoding that is not known"))
      | _ -> bad "a transfer encoding that does not end in chunks, once")
