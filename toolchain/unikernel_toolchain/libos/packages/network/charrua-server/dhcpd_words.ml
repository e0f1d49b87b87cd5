type word = { text : string; quoted : bool; line : int }

let is_punctuation c = String.contains "{};," c
let is_blank c = String.contains " \t\r\n" c
let ends_word c = is_punctuation c || is_blank c || c = '#' || c = '"'

let rec find text from fits =
  if from < String.length text && not (fits text.[from]) then find text (from + 1) fits else from

(* After a backslash a character stands for itself. *)
let quotation text from line =
  let kept = Buffer.create 16 in
  let rec read at =
    if at >= String.length text || text.[at] = '\n' then
      failwith (Printf.sprintf "dhcpd.conf, line %d: the text begun with \" has no end" line)
    else
      match text.[at] with
      | '"' -> (Buffer.contents kept, at + 1)
      | '\\' when at + 1 < String.length text -> keep (at + 1)
      | _ -> keep at
  and keep at =
    Buffer.add_char kept text.[at];
    read (at + 1)
  in
  read from

let of_text text =
  let rec read words line at =
    let word ?(quoted = false) text next = read ({ text; quoted; line } :: words) line next in
    if at >= String.length text then List.rev words
    else
      match text.[at] with
      | '\n' -> read words (line + 1) (at + 1)
      | '#' -> read words line (find text at (Char.equal '\n'))
      | '"' ->
          let quoted, next = quotation text (at + 1) line in
          word ~quoted:true quoted next
      | c when is_blank c -> read words line (at + 1)
      | c when is_punctuation c -> word (String.make 1 c) (at + 1)
      | _ ->
          let next = find text at ends_word in
          word (String.sub text at (next - at)) next
  in
  read [] 1 0
