type t = { name : string; kind : string; meaning : string; comment : string; interface : string }

let printed env print =
  Printtyp.wrap_printing_env ~error:false env (fun () -> Format.asprintf "%t" print)

let ident name = Ident.create_local (snd (Names.split name))

(* The place of a value in a signature that a source calls so: one of its own, if it has it. *)
let in_signature env ({ loc_start; _ } : Location.t) signature name =
  let unit_ = Filename.(remove_extension (basename loc_start.pos_fname)) in
  let own = String.capitalize_ascii unit_ :: Longident.flatten signature in
  let known signature =
    match Env.find_modtype_by_name signature env with
    | _, { Types.mtd_type; _ } -> mtd_type
    | exception Not_found -> None
  in
  let rec items = function
    | Types.Mty_signature items -> items
    | Mty_ident path -> Option.fold ~none:[] ~some:items (Env.find_modtype path env).mtd_type
    | _ -> []
  in
  let place = function
    | Types.Sig_value (id, it, _) when Ident.name id = name -> Some it.val_loc
    | _ -> None
  in
  let signatures = List.filter_map known (Option.to_list (Names.path own) @ [ signature ]) in
  List.find_map place (List.concat_map items signatures)

let included = 8 (* signatures, one in another *)

let comment_of_value env ~folders name loc =
  let rec through left loc = match Documents.declared ~folders loc with
    | Some (Written text) -> text
    | Some (Included signature) when left > 0 ->
        Option.fold ~none:"" ~some:(through (left - 1)) (in_signature env loc signature name)
    | _ -> ""
  in
  try through included loc with Not_found -> ""

let value env ~folders name path =
  let _, it = Env.find_value_by_name path env in
  let meaning = printed env (fun out -> Printtyp.value_description (ident name) out it) in
  let comment = comment_of_value env ~folders (snd (Names.split name)) it.val_loc in
  { name; kind = "value"; meaning; comment; interface = "" }

let constructor env ~folders name path =
  let it = Env.find_constructor_by_name path env in
  let meaning = Printf.sprintf "%s : %s" name (Listing.value env it.cstr_res) in
  let comment = Documents.comment ~folders it.cstr_loc in
  { name; kind = "constructor"; meaning; comment; interface = "" }

let label env ~folders name path =
  let it = Env.find_label_by_name path env in
  let meaning = Printf.sprintf "%s : %s" name (Listing.value env it.lbl_arg) in
  let comment = Documents.comment ~folders it.lbl_loc in
  { name; kind = "field"; meaning; comment; interface = "" }

let typ env ~folders name path =
  let _, it = Env.find_type_by_name path env in
  let meaning = printed env (fun out -> Printtyp.type_declaration (ident name) out it) in
  let comment = Documents.comment ~folders it.type_loc in
  { name; kind = "type"; meaning; comment; interface = "" }

let module_type env ~folders name path =
  let _, it = Env.find_modtype_by_name path env in
  let interface = printed env (fun out -> Printtyp.modtype_declaration (ident name) out it) in
  let comment = Documents.comment ~folders it.mtd_loc in
  { name; kind = "module type"; meaning = "module type " ^ name; comment; interface }

(* The signature of a module, through names that stand for others. *)
let signature env typ = match Env.scrape_alias env typ with
  | Types.Mty_signature items -> printed env (fun out -> Printtyp.signature out items)
  | other -> printed env (fun out -> Printtyp.modtype out other)

let rec unit_of env path =
  match path with
  | Path.Pident id when Ident.persistent id -> Some (Ident.name id)
  | _ -> (
      match (Env.find_module path env).md_type with
      | Mty_alias path -> unit_of env path
      | _ -> None
      | exception Not_found -> None)

(* Stdlib__List is known by its source, list.mli. *)
let source_of unit_ =
  let rec after i =
    if i < 1 then unit_
    else if unit_.[i] = '_' && unit_.[i - 1] = '_' then
      String.sub unit_ (i + 1) (String.length unit_ - i - 1)
    else after (i - 1)
  in
  after (String.length unit_ - 2)

let module_ env ~folders name path =
  let path, it = Env.find_module_by_name path env in
  let written = match unit_of env path with
    | Some unit_ -> Documents.interface ~folders (source_of unit_)
    | None -> ""
  in
  let interface = if written = "" then signature env it.md_type else written in
  let comment = Documents.comment ~folders it.md_loc in
  { name; kind = "module"; meaning = "module " ^ name; comment; interface }

let of_variable env name typ =
  let meaning = Printf.sprintf "val %s : %s" name (Listing.value env typ) in
  { name; kind = "value"; meaning; comment = ""; interface = "" }

let of_name env ~folders name =
  let path, last = Names.split name in
  let kinds =
    match last with
    | "" -> []
    | _ when Char.uppercase_ascii last.[0] = last.[0] && last.[0] <> '_' ->
        [ module_; constructor; module_type ]
    | _ -> [ value; label; typ ]
  in
  match Names.path (Names.modules path @ [ last ]) with
  | None -> None
  | Some path ->
      List.find_map
        (fun describe -> try Some (describe env ~folders name path) with _ -> None)
        kinds
