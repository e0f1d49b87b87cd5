(* One pass: [word] is what was read of the current word, [None] between words. *)

let is_blank c = c = ' ' || c = '\t' || c = '\n' || c = '\r'

type quote = Bare | Single | Double

let unfinished = function
  | Bare -> "the command line ends in a backslash"
  | Single -> "the command line ends within single quotes"
  | Double -> "the command line ends within double quotes"

let parse text =
  let word = Buffer.create 16 in
  let rec go words quote ~inside i =
    let next ?(quote = quote) ?(inside = true) words = go words quote ~inside (i + 1) in
    let finished () = Buffer.contents word :: words in
    if i = String.length text then
      if quote <> Bare then Error (unfinished quote)
      else Ok (List.rev (if inside then finished () else words))
    else
      match (quote, text.[i]) with
      | Bare, c when is_blank c && inside ->
          let words = finished () in
          Buffer.clear word;
          next ~inside:false words
      | Bare, c when is_blank c -> next ~inside:false words
      | Bare, '\'' -> next ~quote:Single words
      | Bare, '"' -> next ~quote:Double words
      | Single, '\'' | Double, '"' -> next ~quote:Bare words
      | (Bare | Double), '\\' when i + 1 = String.length text -> Error (unfinished Bare)
      | (Bare | Double), '\\' ->
          Buffer.add_char word text.[i + 1];
          go words quote ~inside:true (i + 2)
      | _, c ->
          Buffer.add_char word c;
          next words
  in
  go [] Bare ~inside:false 0
