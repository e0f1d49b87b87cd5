open Http_syntax

(* {1 Hosts} *)

let is_port text = all digit text && String.length text <= 5

let is_host text =
  text <> "" && not (String.exists (function ':' | '[' | ']' -> true | _ -> false) text)

(* An address of IPv6 has brackets, and colons inside of them. *)
let is_literal text =
  let inside = String.sub text 1 (String.length text - 1) in
  inside <> "" && not (String.exists (function '[' | ']' -> true | _ -> false) inside)

let host_end text =
  match (text.[0], String.index_opt text ']') with
  | '[', Some index -> if is_literal (String.sub text 0 index) then index + 1 else -1
  | '[', None -> -1
  | _, _ ->
      let colon = Option.value (String.index_opt text ':') ~default:(String.length text) in
      if is_host (String.sub text 0 colon) then colon else -1

let is_authority text =
  text <> "" && all authority text
  &&
  match host_end text with
  | -1 -> false
  | ending when ending = String.length text -> true
  | ending ->
      text.[ending] = ':'
      && is_port (String.sub text (ending + 1) (String.length text - ending - 1))

(* A name or an address of IPv4, perhaps with a port, is seen without looking
   at it piece by piece. *)
let is_plain text =
  let length = String.length text in
  let ending = skip plain_host text 0 in
  ending > 0
  && (ending = length
      || (text.[ending] = ':' && skip digit text (ending + 1) = length && length - ending <= 6))

let check_authority text =
  if not (is_plain text || is_authority text) then bad "a host that is none"

(* {1 Forms} *)

let rec check_percent text place =
  match String.index_from_opt text place '%' with
  | None -> ()
  | Some index ->
      let is_encoded = skip hexadecimal text (index + 1) >= index + 3 in
      if is_encoded then check_percent text (index + 3)
      else bad "a percent sign without two digits"

let scheme = "http://"

let is_absolute target =
  let length = String.length scheme in
  String.length target >= length
  && String.lowercase_ascii (String.sub target 0 length) = scheme

(* Where path or query of an absolute target begin. *)
let path_start target =
  let rec next place =
    if place = String.length target || target.[place] = '/' || target.[place] = '?' then place
    else next (place + 1)
  in
  next (String.length scheme)

let host_of_absolute target =
  let start = String.length scheme in
  let authority = String.sub target start (path_start target - start) in
  if String.contains authority '@' then bad "a name or a password in a target";
  check_authority authority;
  Some authority

(* The four forms of RFC 9112, section 3.2. *)
let check ~meth target =
  check_percent target 0;
  match target.[0] with
  | _ when meth = "CONNECT" ->
      check_authority target;
      Some target
  | '/' -> None
  | '*' when meth = "OPTIONS" && target = "*" -> None
  | _ when is_absolute target -> host_of_absolute target
  | _ -> bad "a target that is neither a path nor an address of http"

(* {1 Paths} *)

let digit_value character = int_of_string (Printf.sprintf "0x%c" character)

(* A slash or a control character stays encoded: decoded it would mean something else. *)
let decoded segment =
  let buffer = Buffer.create (String.length segment) in
  let rec from place =
    if place < String.length segment then
      match segment.[place] with
      | '%' ->
          let high = digit_value segment.[place + 1] and low = digit_value segment.[place + 2] in
          (match Char.chr ((16 * high) + low) with
           | ('/' | '\000' .. '\031' | '\127') as kept ->
               Printf.bprintf buffer "%%%02X" (Char.code kept)
           | character -> Buffer.add_char buffer character);
          from (place + 3)
      | character ->
          Buffer.add_char buffer character;
          from (place + 1)
  in
  from 0;
  Buffer.contents buffer

(* [above]: the segments so far, the last first. One that says where it is
   leaves a directory, whose name ends in a slash. *)
let rec resolved above = function
  | [] -> List.rev above
  | [ "." ] -> List.rev ("" :: above)
  | [ ".." ] -> List.rev ("" :: parent above)
  | "." :: rest -> resolved above rest
  | ".." :: rest -> resolved (parent above) rest
  | segment :: rest -> resolved (segment :: above) rest

and parent = function [] -> [] | _ :: above -> above

let path target =
  let start = if is_absolute target then path_start target else 0 in
  let query = Option.value (String.index_opt target '?') ~default:(String.length target) in
  let text = String.sub target start (query - start) in
  match String.split_on_char '/' text with
  | "" :: segments ->
      "/" ^ String.concat "/" (resolved [] (List.map decoded segments))
  | _ -> text
