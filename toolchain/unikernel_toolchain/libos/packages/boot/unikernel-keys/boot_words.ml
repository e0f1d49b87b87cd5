(* The grammar of Cmdliner 1, as its manual has it under "Command line syntax": a long name
   may be cut short as long as one key only begins so, a letter's value may be glued to it,
   and flags of one letter may share a dash. A value that begins with a dash has to be glued,
   or be behind an =. *)

module D = Boot_declaration

type setting = { key : D.t; spelled : string; text : string option }

type t = {
  settings : setting list;
  words : string list;
  errors : string list;
}

let begins_with prefix text =
  let length = String.length prefix in
  String.length text >= length && String.sub text 0 length = prefix

let after text index = String.sub text index (String.length text - index)

(* {1 Names} *)

let titles keys = List.sort compare (List.map D.title keys)

let unknown keys argument also =
  let listed = List.filter (fun (key : D.t) -> key.docs <> "") keys in
  let all = if listed = [] then "" else " There are: " ^ String.concat ", " (titles listed) ^ "." in
  "there is no boot key " ^ argument ^ "." ^ all ^ also ^ " --help describes them."

let find keys ~spelled ~name argument =
  let is_it full = D.spelled full = spelled in
  let begins full = String.length full > 1 && begins_with name full in
  match List.find_opt (fun (key : D.t) -> List.exists is_it key.names) keys with
  | Some key -> Ok key
  | None when not (begins_with "--" spelled) -> Error (unknown keys argument "")
  | None -> (
      match List.filter (fun (key : D.t) -> List.exists begins key.names) keys with
      | [ key ] -> Ok key
      | [] -> Error (unknown keys argument "")
      | several ->
          let names = String.concat " or " (titles several) in
          Error (unknown keys argument (" " ^ spelled ^ " may be " ^ names ^ ".")))

(* {1 Words} *)

let is_key word = String.length word > 1 && word.[0] = '-'

let split_long argument =
  match String.index_opt argument '=' with
  | None -> (after argument 2, None)
  | Some index -> (String.sub argument 2 (index - 2), Some (after argument (index + 1)))

let split_short argument =
  let glued = after argument 2 in
  (String.make 1 argument.[1], if glued = "" then None else Some glued)

let missing (key : D.t) spelled =
  Error
    (spelled ^ " needs a value: " ^ D.example key
     ^ ". One that begins with a dash is given behind the =.")

(* What a key takes of the words behind it: its value, and the words that are left. *)
let value_of (key : D.t) ~spelled ~text rest =
  match (key.kind, text, rest) with
  | Flag, Some letters, rest when String.length spelled = 2 ->
      Ok (None, ("-" ^ letters) :: rest)
  | Flag, Some text, _ ->
      Error (spelled ^ " is a flag, it takes no value; " ^ text ^ " was given to it.")
  | (Flag | Switch), text, rest -> Ok (text, rest)
  | Value _, Some text, rest -> Ok (Some text, rest)
  | Value _, None, word :: rest when not (is_key word) -> Ok (Some word, rest)
  | Value _, None, _ -> missing key spelled

let setting keys argument rest =
  let is_long = begins_with "--" argument in
  let name, text = if is_long then split_long argument else split_short argument in
  let spelled = (if is_long then "--" else "-") ^ name in
  Result.bind (find keys ~spelled ~name argument) (fun key ->
      Result.map
        (fun (text, rest) -> ({ key; spelled; text }, rest))
        (value_of key ~spelled ~text rest))

let read keys arguments =
  let rec go t = function
    | [] -> t
    | "--" :: rest -> { t with words = List.rev_append rest t.words }
    | argument :: rest when is_key argument -> (
        match setting keys argument rest with
        | Ok (setting, rest) -> go { t with settings = setting :: t.settings } rest
        | Error error -> go { t with errors = error :: t.errors } rest)
    | word :: rest -> go { t with words = word :: t.words } rest
  in
  let t = go { settings = []; words = []; errors = [] } arguments in
  {
    settings = List.rev t.settings;
    words = List.rev t.words;
    errors = List.rev t.errors;
  }
