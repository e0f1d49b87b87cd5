(* RFC 9112, section 3, and the fields of section 5, in one pass over the text and without
   backtracking. [Cut] means that more must come, and the parse begins again when it has;
   anything else that is not in the grammar is an error at once. *)

open Http_syntax

type body = Sized of int | Chunked

type t = {
  meth : string;
  target : string;
  path : string Lazy.t;
  host : string option;
  is_1_1 : bool;
  keep_alive : bool;
  body : body;
  expects_continue : bool;
  range : string option;
  headers : (string * string) list Lazy.t;
}

type refusal = { status : int; why : string }
type progress = Complete of t * int | Incomplete | Malformed of refusal

exception Bad_body of refusal

(* {1 Fields} *)

let fields_max = 100

let name_end text start =
  let ending = skip token text start in
  match char text ending with
  | ':' when ending > start -> ending
  | ' ' | '\t' -> bad "a blank where a header's name should be, or behind it"
  | _ -> bad "a header without a name"

let field text start =
  let colon = name_end text start in
  line_break text (skip value text (colon + 1))

(* Reads the fields that begin at [start]; the place behind the empty line. *)
let rec note_all framing text start ~left =
  if char text start = '\r' then line_break text start
  else if left = 0 then raise (Bad (431, "too many headers"))
  else
    let colon = name_end text start in
    let ending = skip value text (colon + 1) in
    let next = line_break text ending in
    Http_framing.read_field framing text start ~colon ~ending;
    note_all framing text next ~left:(left - 1)

let rec all_headers text start =
  if text.[start] = '\r' then []
  else
    let colon = skip token text start in
    let ending = skip value text (colon + 1) in
    let name = String.lowercase_ascii (String.sub text start (colon - start)) in
    (name, trimmed text (colon + 1) ending) :: all_headers text (ending + 2)

let header t name = List.assoc_opt name (Lazy.force t.headers)

(* {1 The request line} *)

type line = { meth : string; target : string; is_1_1 : bool; behind : int }

(* The place of the blank behind a word that begins at [start]. *)
let word kind text start =
  let ending = skip kind text start in
  if char text ending <> ' ' || ending = start then
    bad "a request line that is not a method, a target and a version";
  ending

let is_get text start ending =
  ending = start + 3
  && text.[start] = 'G'
  && text.[start + 1] = 'E'
  && text.[start + 2] = 'T'

let any_version text start =
  let rec same index =
    index = 5 || (char text (start + index) = "HTTP/".[index] && same (index + 1))
  in
  let is_version =
    same 0
    && is digit (char text (start + 5))
    && char text (start + 6) = '.'
    && is digit (char text (start + 7))
  in
  if not is_version then bad "a version that is none";
  if text.[start + 5] <> '1' then raise (Bad (505, "this is HTTP/1.1"));
  text.[start + 7] <> '0'

let http_1_1 = 0x485454502f312e31L

(* Eight characters as one integer, for the version that nearly everybody sends. *)
let version text start =
  (start + 8 <= String.length text && Int64.equal (String.get_int64_be text start) http_1_1)
  || any_version text start

let request_line text start =
  let first = word token text start in
  let second = word target text (first + 1) in
  let is_1_1 = version text (second + 1) in
  let behind = line_break text (second + 9) in
  {
    meth = (if is_get text start first then "GET" else String.sub text start (first - start));
    target = String.sub text (first + 1) (second - first - 1);
    is_1_1;
    behind;
  }

(* {1 The whole} *)

let keeps line (framing : Http_framing.t) =
  (not framing.closes) && (line.is_1_1 || framing.keeps)

let host line (framing : Http_framing.t) =
  if line.is_1_1 && framing.host = None then bad "no host";
  match Http_target.check ~meth:line.meth line.target with
  | None -> framing.host
  | Some _ as of_target -> of_target

let request text line (framing : Http_framing.t) =
  let host = host line framing in
  let length = Http_framing.length framing ~is_1_1:line.is_1_1 in
  if framing.expects_other && line.is_1_1 then
    raise (Bad (417, "an expectation other than 100-continue"));
  {
    meth = line.meth;
    target = line.target;
    path = lazy (Http_target.path line.target);
    host;
    is_1_1 = line.is_1_1;
    keep_alive = keeps line framing;
    body = (match length with Some length -> Sized length | None -> Chunked);
    expects_continue = framing.continue && line.is_1_1;
    range = framing.range;
    headers = lazy (all_headers text line.behind);
  }

(* RFC 9112, section 2.2: an empty line before a request is passed over. *)
let after_empty_line text start =
  if char text start = '\r' then line_break text start else start

let parse text position =
  match
    let line = request_line text (after_empty_line text position) in
    let framing = Http_framing.create () in
    let finish = note_all framing text line.behind ~left:fields_max in
    (request text line framing, finish)
  with
  | request, finish -> Complete (request, finish)
  | exception Cut -> Incomplete
  | exception Bad (status, why) -> Malformed { status; why }
