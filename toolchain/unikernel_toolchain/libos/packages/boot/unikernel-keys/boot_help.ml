module D = Boot_declaration

let width = 78
let first = [ "APPLICATION OPTIONS"; "UNIKERNEL PARAMETERS"; "OCAML PARAMETERS" ]

(* {1 One key} *)

let by_length a b = compare (String.length a) (String.length b)

let heading (key : D.t) =
  let names = List.map D.spelled (List.sort by_length key.names) in
  let value =
    match key.kind with
    | Flag -> ""
    | Switch -> "[=BOOLEAN]"
    | Value docv -> if String.length (D.title key) > 2 then "=" ^ docv else " " ^ docv
  in
  String.concat ", " names ^ value

let absence (key : D.t) =
  let default = if key.absent = "" then "" else "=" ^ key.absent
  and env = Option.fold key.env ~none:"" ~some:(fun name -> name ^ " env") in
  match (key.is_required, default, env) with
  | true, _, "" -> " (required)"
  | true, _, env -> " (required, or " ^ env ^ ")"
  | false, "", "" -> ""
  | false, "", env -> " (absent " ^ env ^ ")"
  | false, default, "" -> " (absent" ^ default ^ ")"
  | false, default, env -> " (absent" ^ default ^ " or " ^ env ^ ")"

let words ~program (key : D.t) =
  let docv = match key.kind with Value docv -> docv | Flag | Switch -> "" in
  [
    ("docv", docv);
    ("opt", D.title key);
    ("env", Option.value key.env ~default:"");
    ("tname", program);
    ("mname", program);
  ]

let entry ~program (key : D.t) =
  let doc = Doc_markup.plain ~words:(words ~program key) key.doc in
  let heading = "  " ^ heading key ^ absence key ^ "\n" in
  if doc = "" then heading else heading ^ Doc_markup.wrapped ~indent:6 ~width doc ^ "\n"

(* {1 All of them} *)

let by_title a b = compare (D.title a) (D.title b)

let sections keys =
  let others = List.sort_uniq compare (List.map (fun (key : D.t) -> key.docs) keys) in
  let all = first @ List.filter (fun docs -> not (List.mem docs first)) others in
  let of_section docs = List.filter (fun (key : D.t) -> key.docs = docs) keys in
  List.filter (fun (_, keys) -> keys <> []) (List.map (fun it -> (it, of_section it)) all)

let section ~program (docs, keys) =
  let entries = List.map (entry ~program) (List.sort by_title keys) in
  "\n" ^ docs ^ "\n" ^ String.concat "" entries

let environment keys =
  let line (key : D.t) =
    Option.map (fun env -> "  " ^ env ^ "\n      See " ^ D.title key ^ ".\n") key.env
  in
  match List.filter_map line (List.sort by_title keys) with
  | [] -> ""
  | lines -> "\nENVIRONMENT\n" ^ String.concat "" lines

let text ~program ~synopsis keys =
  String.concat ""
    ([ "NAME\n  "; program; "\n\nSYNOPSIS\n  "; program; " "; synopsis; "\n" ]
     @ List.map (section ~program) (sections keys)
     @ [ environment keys; "\n--help shows this page, --version the name alone.\n" ])
