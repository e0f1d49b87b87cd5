let own =
  [
    ("Cmdliner.Arg.string", "Boot_converters.string");
    ("Cmdliner.Arg.bool", "Boot_converters.bool");
    ("Cmdliner.Arg.int", "Boot_converters.int");
    ("Mirage_runtime.Arg.ip", "Address_converters.ip");
    ("Mirage_runtime.Arg.ipv4_address", "Address_converters.ipv4_address");
    ("Mirage_runtime.Arg.ipv4", "Address_converters.ipv4");
    ("Mirage_runtime.Arg.ipv6", "Address_converters.ipv6");
    ("Mirage_runtime.Arg.ipv6_prefix", "Address_converters.ipv6_prefix");
    ("Mirage_runtime.Arg.log_threshold", "Log_converters.log_threshold");
    ("Mirage_runtime.Arg.allocation_policy", "Boot_converters.allocation_policy");
  ]

let constructors =
  [
    ("Cmdliner.Arg.list ", "Boot_converters.list");
    ("Cmdliner.Arg.some ", "Boot_converters.some");
  ]

let between ~prefix ~suffix text =
  let p = String.length prefix and s = String.length suffix and n = String.length text in
  if
    n >= p + s
    && String.equal (String.sub text 0 p) prefix
    && String.equal (String.sub text (n - s) s) suffix
  then Some (String.sub text p (n - p - s))
  else None

(* What stands in a pair of parentheses that is the text's only one at its level. *)
let unwrapped text =
  let rec closes_early depth i =
    i < String.length text - 1
    &&
    let depth = match text.[i] with '(' -> depth + 1 | ')' -> depth - 1 | _ -> depth in
    depth = 0 || closes_early depth (i + 1)
  in
  if closes_early 0 0 then None else between ~prefix:"(" ~suffix:")" text

let rec known text =
  let text = String.trim text in
  match List.assoc_opt text own with
  | Some _ as found -> found
  | None -> (
      match unwrapped text with
      | Some inner -> known inner
      | None -> List.find_map (constructed text) constructors)

and constructed text (prefix, name) =
  let element = Option.bind (between ~prefix ~suffix:"" text) known in
  Option.map (Printf.sprintf "(%s %s)" name) element

let of_runtime text =
  match known text with
  | Some expression -> expression
  | None -> Printf.sprintf "(Cmdliner_converter.v (%s))" text

let sub_libraries =
  [
    ("Address_converters.", "addresses");
    ("Log_converters.", "logs");
    ("Cmdliner_converter.", "cmdliner");
  ]

let libraries text =
  let named (affix, library) =
    if Astring.String.is_infix ~affix text then Some ("unikernel-keys." ^ library) else None
  in
  List.filter_map named sub_libraries
