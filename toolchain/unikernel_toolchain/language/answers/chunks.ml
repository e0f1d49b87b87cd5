type t = { first : int; text : string }

let keywords =
  [ "let"; "module"; "open"; "type"; "exception"; "external"; "include"; "class"; "val" ]

let begins_item text start =
  let rec word i =
    if i < String.length text && text.[i] >= 'a' && text.[i] <= 'z' then word (i + 1) else i
  in
  List.mem (String.sub text start (word start - start)) keywords

let starts text =
  let rec after i found =
    match String.index_from_opt text i '\n' with
    | None -> List.rev found
    | Some line ->
        after (line + 1) (if begins_item text (line + 1) then (line + 1) :: found else found)
  in
  after 0 [ 0 ]

let split text =
  let rec cut = function
    | start :: (stop :: _ as rest) ->
        { first = start; text = String.sub text start (stop - start) } :: cut rest
    | [ start ] -> [ { first = start; text = String.sub text start (String.length text - start) } ]
    | [] -> []
  in
  cut (starts text)

let parse { first; text } =
  let lexbuf = Lexing.from_string text in
  let place = { Lexing.pos_fname = ""; pos_lnum = 1; pos_bol = 0; pos_cnum = first } in
  Lexing.set_position lexbuf place;
  lexbuf.lex_abs_pos <- first;
  match Parse.implementation lexbuf with
  | items -> Some items
  | exception _ -> None

(* What opens before a place and is not closed there, innermost first. *)
let unclosed text =
  let lexbuf = Lexing.from_string text in
  let closing = function
    | Parser.LPAREN -> Some " )"
    | Parser.LBRACKET -> Some " ]"
    | Parser.LBRACE -> Some " }"
    | Parser.BEGIN | Parser.STRUCT | Parser.SIG | Parser.OBJECT -> Some " end"
    | _ -> None
  in
  let rec read open_ =
    match Lexer.token lexbuf with
    | Parser.EOF -> open_
    | Parser.RPAREN | Parser.RBRACKET | Parser.RBRACE | Parser.END -> (
        match open_ with [] -> [] | _ :: outer -> read outer)
    | token -> read (match closing token with Some word -> word :: open_ | None -> open_)
    | exception _ -> open_
  in
  Lexer.init ();
  read []

let ends_in_words chunks offset =
  let chunk = List.find (fun { first; _ } -> first <= offset) (List.rev chunks) in
  let lexbuf = Lexing.from_string (String.sub chunk.text 0 (offset - chunk.first)) in
  let rec read () = match Lexer.token lexbuf with
    | Parser.EOF -> false
    | _ -> read ()
    | exception
        Lexer.Error
        ((Unterminated_comment _ | Unterminated_string | Unterminated_string_in_comment _), _) ->
        true
    | exception _ -> false
  in
  Lexer.init ();
  read ()

(* An expression of any type stands for what is being written. *)
let hole = "(raise_notrace Exit)"

let with_hole { first; text } (start, stop) =
  let before = String.sub text 0 (start - first) in
  let behind = String.sub text (stop - first) (String.length text - (stop - first)) in
  let closed = String.concat "" (unclosed before) in
  List.map
    (fun text -> { first; text })
    [
      before ^ hole ^ behind;
      before ^ hole ^ " in " ^ hole ^ behind;
      before ^ hole ^ closed;
      before ^ hole ^ " in " ^ hole ^ closed;
      before ^ "X" ^ behind (* a module, or a constructor *);
    ]
