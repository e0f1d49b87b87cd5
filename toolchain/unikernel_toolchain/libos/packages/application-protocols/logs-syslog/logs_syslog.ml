let facility =
  Logs.Tag.def ~doc:"Syslog facility" "syslog-facility" Syslog_message.pp_print_facility

let severity : Logs.level -> Syslog_message.severity = function
  | App | Info -> Informational
  | Error -> Error
  | Warning -> Warning
  | Debug -> Debug

(* Letters and digits, 32 at most (RFC 3164, section 4.1.3). *)
let is_of_tag = function 'a' .. 'z' | 'A' .. 'Z' | '0' .. '9' -> true | _ -> false

(* A source's name goes on in the content where it has other characters: on the wire it is
   whole. *)
let tag_of source =
  let rec length n =
    if n < String.length source && n < 32 && is_of_tag source.[n] then length (n + 1) else n
  in
  let n = length 0 in
  (String.sub source 0 n, String.sub source n (String.length source - n))

let tags_text tags =
  let add (Logs.Tag.V (definition, value)) texts =
    let text = Format.asprintf "%s=%a" (Logs.Tag.name definition) (Logs.Tag.printer definition) value in
    if Logs.Tag.name definition = Logs.Tag.name facility then texts else text :: texts
  in
  List.rev (Logs.Tag.fold add tags [])

let message ?facility:(default = Syslog_message.System_Daemons) ~host ~source ~tags ?header level
    timestamp text =
  let tag, rest_of_source = tag_of source in
  let before = Option.to_list header @ tags_text tags in
  let content = String.concat ": " ((rest_of_source :: before) @ [ text ]) in
  {
    Syslog_message.facility = Option.value (Logs.Tag.find facility tags) ~default;
    severity = severity level;
    timestamp;
    hostname = host;
    tag;
    content;
  }

type framing = [ `LineFeed | `Null | `Custom of string | `Count ]

let without mark text = String.map (fun c -> if c = mark then ' ' else c) text

let frame_message text = function
  | `LineFeed -> without '\n' text ^ "\n"
  | `Null -> without '\000' text ^ "\000"
  | `Custom ending -> text ^ ending
  | `Count -> Printf.sprintf "%d %s" (String.length text) text

let buffer = Buffer.create 128
let ppf = Format.formatter_of_buffer buffer

let flush () =
  Format.pp_print_flush ppf ();
  let text = Buffer.contents buffer in
  Buffer.clear buffer;
  text
