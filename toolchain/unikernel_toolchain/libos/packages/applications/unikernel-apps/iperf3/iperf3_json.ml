(* Enough of JSON (RFC 8259) for what iperf3 exchanges; yojson would more than double a
   small image. Depth is bounded, as the peer decides it. *)

type t =
  | Null
  | Bool of bool
  | Number of float
  | String of string
  | List of t list
  | Object of (string * t) list

(* {1 Printing} *)

let escaped character =
  match character with
  | '"' -> "\\\""
  | '\\' -> "\\\\"
  | c when Char.code c < 0x20 -> Printf.sprintf "\\u%04x" (Char.code c)
  | c -> String.make 1 c

let quoted text =
  "\"" ^ String.concat "" (List.map escaped (List.of_seq (String.to_seq text))) ^ "\""

let number_text value =
  if Float.is_integer value && Float.abs value < 1e15 then Printf.sprintf "%.0f" value
  else Printf.sprintf "%.9g" value

let rec to_string = function
  | Null -> "null"
  | Bool value -> string_of_bool value
  | Number value -> number_text value
  | String text -> quoted text
  | List values -> "[" ^ String.concat "," (List.map to_string values) ^ "]"
  | Object members -> "{" ^ String.concat "," (List.map member_text members) ^ "}"

and member_text (name, value) = quoted name ^ ":" ^ to_string value

(* {1 Reading} *)

exception Malformed of string

type input = { text : string; mutable position : int }

let deepest = 32

let malformed input what =
  raise (Malformed (Printf.sprintf "%s at byte %d" what input.position))

let left input = String.length input.text - input.position
let peek input = if left input > 0 then input.text.[input.position] else '\000'
let advance input = input.position <- input.position + 1

let rec skip_blanks input =
  match peek input with
  | ' ' | '\t' | '\n' | '\r' ->
      advance input;
      skip_blanks input
  | _ -> ()

let expect input character =
  skip_blanks input;
  if peek input <> character then malformed input (Printf.sprintf "%C is missing" character);
  advance input

let literal input text value =
  let length = String.length text in
  if left input < length || String.sub input.text input.position length <> text then
    malformed input "no value";
  input.position <- input.position + length;
  value

let in_number = function '0' .. '9' | '-' | '+' | '.' | 'e' | 'E' -> true | _ -> false

let read_number input =
  let start = input.position in
  while in_number (peek input) do
    advance input
  done;
  match float_of_string_opt (String.sub input.text start (input.position - start)) with
  | Some value -> Number value
  | None -> malformed input "no number"

let unicode input =
  let digits = if left input < 5 then "" else String.sub input.text (input.position + 1) 4 in
  match int_of_string_opt ("0x" ^ digits) with
  | Some code when Uchar.is_valid code ->
      input.position <- input.position + 4;
      Uchar.of_int code
  | Some _ | None -> malformed input "no character"

let read_escape input buffer =
  match peek input with
  | ('"' | '\\' | '/') as c -> Buffer.add_char buffer c
  | 'n' -> Buffer.add_char buffer '\n'
  | 't' -> Buffer.add_char buffer '\t'
  | 'r' -> Buffer.add_char buffer '\r'
  | 'b' -> Buffer.add_char buffer '\b'
  | 'f' -> Buffer.add_char buffer '\012'
  | 'u' -> Buffer.add_utf_8_uchar buffer (unicode input)
  | _ -> malformed input "no escape"

let read_string input =
  expect input '"';
  let buffer = Buffer.create 16 in
  let rec characters () =
    if left input = 0 then malformed input "no end of a string";
    match peek input with
    | '"' -> advance input
    | '\\' ->
        advance input;
        read_escape input buffer;
        advance input;
        characters ()
    | c ->
        Buffer.add_char buffer c;
        advance input;
        characters ()
  in
  characters ();
  Buffer.contents buffer

(* The elements up to [close], the opening bracket being read. *)
let elements input close element =
  let rec more found =
    let found = element () :: found in
    skip_blanks input;
    if peek input = ',' then (
      advance input;
      more found)
    else (
      expect input close;
      List.rev found)
  in
  skip_blanks input;
  if peek input = close then (
    advance input;
    [])
  else more []

let rec read_value input depth =
  if depth > deepest then malformed input "too deep";
  skip_blanks input;
  match peek input with
  | '{' ->
      advance input;
      Object (elements input '}' (fun () -> read_member input depth))
  | '[' ->
      advance input;
      List (elements input ']' (fun () -> read_value input (depth + 1)))
  | '"' -> String (read_string input)
  | 't' -> literal input "true" (Bool true)
  | 'f' -> literal input "false" (Bool false)
  | 'n' -> literal input "null" Null
  | _ -> read_number input

and read_member input depth =
  skip_blanks input;
  let name = read_string input in
  expect input ':';
  (name, read_value input (depth + 1))

let of_string text =
  let input = { text; position = 0 } in
  match read_value input 0 with
  | value ->
      skip_blanks input;
      if input.position = String.length text then Ok value else Error "more than one value"
  | exception Malformed what -> Error what

(* {1 Members} *)

let member name = function
  | Object members -> Option.value (List.assoc_opt name members) ~default:Null
  | Null | Bool _ | Number _ | String _ | List _ -> Null

let number name ~default value =
  match member name value with
  | Number number when Float.is_finite number -> number
  | _ -> default

let int name ~default value = int_of_float (number name ~default:(float_of_int default) value)

let bool name value =
  match member name value with Bool value -> value | Number value -> value <> 0. | _ -> false

let list name value = match member name value with List values -> values | _ -> []
