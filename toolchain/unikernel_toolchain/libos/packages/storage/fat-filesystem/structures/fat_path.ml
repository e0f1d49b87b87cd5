(* From the last name up. *)
type t = string list

let of_string_list names = List.rev (List.filter (fun name -> name <> "") names)
let to_string_list = List.rev

let directory = function
  | [] -> []
  | _ :: above -> above

let filename = function
  | [] -> ""
  | last :: _ -> last

let to_string t = "/" ^ String.concat "/" (List.rev t)
let of_string path = of_string_list (String.split_on_char '/' path)
let concat t name = if name = "" then t else name :: t

let cd t path =
  let start = if path <> "" && path.[0] = '/' then [] else t in
  let step at = function
    | "" | "." -> at
    | ".." -> directory at
    | name -> name :: at
  in
  List.fold_left step start (String.split_on_char '/' path)

let is_root t = t = []
