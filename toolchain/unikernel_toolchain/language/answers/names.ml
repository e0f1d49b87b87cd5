let in_name = function
  | 'A' .. 'Z' | 'a' .. 'z' | '0' .. '9' | '_' | '\'' | '.' | '\128' .. '\255' -> true
  | _ -> false

let around text offset =
  let rec back i = if i > 0 && in_name text.[i - 1] then back (i - 1) else i in
  let rec on i =
    if i < String.length text && in_name text.[i] && text.[i] <> '.' then on (i + 1) else i
  in
  (back offset, on offset)

let split name =
  match List.rev (String.split_on_char '.' name) with
  | [] -> ([], "")
  | last :: path -> (List.rev path, last)

let is_module name = name <> "" && Char.lowercase_ascii name.[0] <> name.[0]

let modules names = List.filter is_module names

let path names = Longident.unflatten names
