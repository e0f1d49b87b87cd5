type 'meaning found = { name : string; kind : string; meaning : 'meaning }
type entry = string found

let one_line print value =
  let buffer = Buffer.create 80 in
  let formatter = Format.formatter_of_buffer buffer in
  Format.pp_set_geometry formatter ~max_indent:999_998 ~margin:999_999;
  Format.fprintf formatter "%a@?" print value;
  Buffer.contents buffer

let value env typ =
  Printtyp.wrap_printing_env ~error:false env (fun () -> one_line Printtyp.type_scheme typ)

let starts_with prefix name = String.starts_with ~prefix name

let is_unit file = Filename.check_suffix file ".cmi"

(* A unit of a library with a double underscore is known by an alias. *)
let is_hidden name =
  let rec within i = i + 1 < String.length name && (String.sub name i 2 = "__" || within (i + 1)) in
  within 0

let units folders =
  let of_folder folder = match Sys.readdir folder with
    | files -> Array.to_list files
    | exception Sys_error _ -> []
  in
  List.concat_map of_folder folders
  |> List.filter is_unit
  |> List.map (fun file -> String.capitalize_ascii (Filename.chop_suffix file ".cmi"))

(* A path that means nothing has no names. *)
let all fold add path env = try fold add path env [] with _ -> []

let entry kind meaning name = { name; kind; meaning }

let fields env path =
  all Env.fold_labels
    (fun it found -> entry "field" (lazy (value env it.lbl_arg)) it.lbl_name :: found)
    path env

let in_module env path =
  List.concat
    [
      fields env path;
      all Env.fold_values
        (fun name _ it found ->
           entry "value" (lazy (value env it.Types.val_type)) name :: found)
        path env;
      all Env.fold_constructors
        (fun it found -> entry "constructor" (lazy (value env it.cstr_res)) it.cstr_name :: found)
        path env;
      all Env.fold_types (fun name _ _ found -> entry "type" (lazy "") name :: found) path env;
      all Env.fold_modules (fun name _ _ found -> entry "module" (lazy "") name :: found) path env;
      all Env.fold_modtypes
        (fun name _ _ found -> entry "module type" (lazy "") name :: found)
        path env;
    ]

let outside folders =
  List.map
    (fun name -> { name; kind = "module"; meaning = lazy "" })
    (units (Config.standard_library :: folders))

(* The compiler has types of its own beside some: error#row. *)
let is_word name = match name.[0] with
  | 'A' .. 'Z' | 'a' .. 'z' | '_' -> not (String.contains name '#')
  | _ -> false

let labels env call prefix =
  let beginning labels = List.filter (fun (name, _) -> starts_with prefix name) labels in
  let found (name, typ) = { name; kind = "label"; meaning = value env typ } in
  Option.map (fun labels -> List.map found (beginning labels)) (Labels.of_call env call)

let beginning env ~folders name =
  let path, prefix = Names.split name in
  let modules = Names.modules path in
  let known =
    if path = [] then in_module env None @ outside folders
    else if modules <> path then fields env (Names.path modules)
    else in_module env (Names.path modules)
  in
  known
  |> List.filter (fun { name; _ } -> is_word name && starts_with prefix name && not (is_hidden name))
  |> List.sort_uniq (fun a b -> compare (a.name, a.kind) (b.name, b.kind))
  |> List.map (fun it -> { it with meaning = Lazy.force it.meaning })
