type place = [ `All | `Src of string ]

let levels =
  [
    ("quiet", None);
    ("app", Some Logs.App);
    ("error", Some Logs.Error);
    ("warning", Some Logs.Warning);
    ("info", Some Logs.Info);
    ("debug", Some Logs.Debug);
  ]

let what = "It is LEVEL, *:LEVEL or SOURCE:LEVEL; levels are quiet, app, error, warning, info, debug."

let read text =
  let place, level =
    match String.rindex_opt text ':' with
    | None -> (`All, text)
    | Some index ->
        let source = String.sub text 0 index and rest = index + 1 in
        let level = String.sub text rest (String.length text - rest) in
        ((if source = "*" then `All else `Src source), level)
  in
  match List.assoc_opt level levels with
  | Some level -> Ok (place, level)
  | None -> Error what

let print (place, level) =
  let text, _ = List.find (fun (_, other) -> other = level) levels in
  match place with `All -> text | `Src source -> source ^ ":" ^ text
