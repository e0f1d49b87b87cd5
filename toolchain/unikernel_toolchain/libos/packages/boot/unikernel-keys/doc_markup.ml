(* Cmdliner's: $(b,TEXT) and $(i,TEXT) are bold and italic, $(NAME) is a word that depends on
   the key, and a backslash takes the next character as it is. Consoles show neither bold nor
   italic, so the text alone is left. *)

let index_from text start ok =
  let rec go i = if i < String.length text && not (ok text.[i]) then go (i + 1) else i in
  go start

(* Text up to the end, or to the parenthesis that closes [depth] that are open. *)
let rec expand words buffer text depth i =
  if i < String.length text then
    match text.[i] with
    | '\\' when i + 1 < String.length text ->
        Buffer.add_char buffer text.[i + 1];
        expand words buffer text depth (i + 2)
    | '$' when i + 1 < String.length text && text.[i + 1] = '(' ->
        directive words buffer text depth (i + 2)
    | ')' when depth > 0 -> expand words buffer text (depth - 1) (i + 1)
    | c ->
        Buffer.add_char buffer c;
        expand words buffer text depth (i + 1)

and directive words buffer text depth start =
  let stop = index_from text start (fun c -> c = ',' || c = ')') in
  let name = String.sub text start (stop - start) in
  if stop < String.length text && text.[stop] = ',' then
    expand words buffer text (depth + 1) (stop + 1)
  else (
    Buffer.add_string buffer (Option.value (List.assoc_opt name words) ~default:name);
    expand words buffer text depth (stop + 1))

let plain ~words text =
  let buffer = Buffer.create (String.length text) in
  expand words buffer text 0 0;
  Buffer.contents buffer

let is_blank c = c = ' ' || c = '\n' || c = '\t' || c = '\r'

let words text =
  let rec go found start =
    let start = index_from text start (fun c -> not (is_blank c)) in
    if start = String.length text then List.rev found
    else
      let stop = index_from text start is_blank in
      go (String.sub text start (stop - start) :: found) stop
  in
  go [] 0

let wrapped ~indent ~width text =
  let margin = String.make indent ' ' in
  let add (lines, line) word =
    if line = "" then (lines, margin ^ word)
    else if String.length line + 1 + String.length word > width then
      (line :: lines, margin ^ word)
    else (lines, line ^ " " ^ word)
  in
  let lines, last = List.fold_left add ([], "") (words text) in
  String.concat "\n" (List.rev (last :: lines))
