type t =
  | Null
  | Bool of bool
  | Int of int
  | String of string
  | List of t list
  | Object of (string * t) list

let add_escaped buffer = function
  | '"' -> Buffer.add_string buffer "\\\""
  | '\\' -> Buffer.add_string buffer "\\\\"
  | '\n' -> Buffer.add_string buffer "\\n"
  | '\x00' .. '\x1f' as c -> Printf.bprintf buffer "\\u%04x" (Char.code c)
  | c -> Buffer.add_char buffer c

let add_string buffer text =
  Buffer.add_char buffer '"';
  String.iter (add_escaped buffer) text;
  Buffer.add_char buffer '"'

let add_separated buffer add items =
  let add_item i item =
    if i > 0 then Buffer.add_char buffer ',';
    add item
  in
  List.iteri add_item items

let rec add buffer = function
  | Null -> Buffer.add_string buffer "null"
  | Bool value -> Buffer.add_string buffer (string_of_bool value)
  | Int value -> Buffer.add_string buffer (string_of_int value)
  | String text -> add_string buffer text
  | List items ->
      Buffer.add_char buffer '[';
      add_separated buffer (add buffer) items;
      Buffer.add_char buffer ']'
  | Object fields ->
      let add_field (name, value) =
        add_string buffer name;
        Buffer.add_char buffer ':';
        add buffer value
      in
      Buffer.add_char buffer '{';
      add_separated buffer add_field fields;
      Buffer.add_char buffer '}'

let to_string json =
  let buffer = Buffer.create 10_000 in
  add buffer json;
  Buffer.contents buffer
