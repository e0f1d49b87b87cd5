(* One table of character classes (RFC 9110, section 5.6.2; RFC 3986, section 2): a class
   is a bit, so that a test is a load and an and. *)

type kind = int

exception Cut
exception Bad of int * string

let bad why = raise (Bad (400, why))
let token = 1
let target = 2
let value = 4
let hexadecimal = 8
let digit = 16
let authority = 32
let plain_host = 64

let kinds character =
  let within letters = String.contains letters character in
  let if_so condition kind = if condition then kind else 0 in
  let is_digit = character >= '0' && character <= '9' in
  let lower = Char.lowercase_ascii character in
  let is_letter = is_digit || (lower >= 'a' && lower <= 'z') in
  let is_visible = character > ' ' && character < '\127' in
  if_so (is_letter || within "!#$%&'*+-.^_`|~") token
  lor if_so (is_visible && character <> '#') target
  lor if_so (is_visible || character >= '\128' || within " \t") value
  lor if_so (is_digit || (lower >= 'a' && lower <= 'f')) hexadecimal
  lor if_so is_digit digit
  lor if_so (is_letter || within "-._~!$&'()*+,;=%:[]") authority
  lor if_so (is_letter || within "-.") plain_host

let table = String.init 256 (fun code -> Char.chr (kinds (Char.chr code)))
let is kind character = Char.code (String.unsafe_get table (Char.code character)) land kind <> 0

let rec skip kind text place =
  if place < String.length text && is kind (String.unsafe_get text place) then
    skip kind text (place + 1)
  else place

let all kind text = skip kind text 0 = String.length text

let char text place =
  if place < String.length text then String.unsafe_get text place else raise_notrace Cut

let line_break text place =
  if char text place <> '\r' then bad "a character that has no place in a line"
  else if char text (place + 1) <> '\n' then bad "a carriage return without a line feed"
  else place + 2

let is_blank character = character = ' ' || character = '\t'

let rec trimmed text from until =
  if from < until && is_blank text.[from] then trimmed text (from + 1) until
  else if from < until && is_blank text.[until - 1] then trimmed text from (until - 1)
  else String.sub text from (until - from)

let members text =
  let member text = String.lowercase_ascii (trimmed text 0 (String.length text)) in
  List.map member (String.split_on_char ',' text)
