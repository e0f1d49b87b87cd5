(* Which device a functor's parameter means. A signature that has a name is followed to its
   definition; one that is written out, or extended, is compared with all the interfaces
   that there are. *)

open Types

type scope = { folders : string list; local : signature }

let module_type name =
  List.find_map (function
      | Sig_modtype (id, { mtd_type; _ }, _) when Ident.name id = name -> mtd_type
      | _ -> None)

let submodule name =
  List.find_map (function
      | Sig_module (id, _, { md_type; _ }, _, _) when Ident.name id = name -> Some md_type
      | _ -> None)

let compiled scope name =
  let file folder = Filename.concat folder (String.uncapitalize_ascii name ^ ".cmi") in
  match List.find_opt Sys.file_exists (List.map file scope.folders) with
  | Some file -> Some { scope with local = (Cmi_format.read_cmi file).cmi_sign }
  | None -> None

(* The module at this path, as the scope of what is in it. *)
let rec inside scope = function
  | Path.Pident id -> (
      match submodule (Ident.name id) scope.local with
      | Some typ -> signature scope typ
      | None -> compiled scope (Ident.name id))
  | Path.Pdot (path, name) ->
      Option.bind (inside scope path) (fun scope ->
          Option.bind (submodule name scope.local) (signature scope))
  | _ -> None

and signature scope = function
  | Mty_signature local -> Some { scope with local }
  | Mty_alias path -> inside scope path
  | Mty_ident path ->
      Option.bind (declared scope path) (fun (scope, typ) -> signature scope typ)
  | Mty_functor _ -> None

and declared scope = function
  | Path.Pident id -> with_scope scope (module_type (Ident.name id) scope.local)
  | Path.Pdot (path, name) ->
      Option.bind (inside scope path) (fun scope ->
          with_scope scope (module_type name scope.local))
  | _ -> None

and with_scope scope typ = Option.map (fun typ -> (scope, typ)) typ

(* {1 A signature that has all of an interface} *)

let name_of = function
  | Sig_value (id, _, _) -> "val " ^ Ident.name id
  | Sig_type (id, _, _, _) -> "type " ^ Ident.name id
  | Sig_module (id, _, _, _, _) -> "module " ^ Ident.name id
  | Sig_modtype (id, _, _) -> "module type " ^ Ident.name id
  | Sig_typext (id, _, _, _) | Sig_class (id, _, _, _) | Sig_class_type (id, _, _, _) ->
      Ident.name id

let text_of = function
  | Sig_value (id, value, _) -> Format.asprintf "%a" (Printtyp.value_description id) value
  | Sig_type (id, typ, _, _) -> Format.asprintf "%a" (Printtyp.type_declaration id) typ
  | Sig_module (id, _, { md_type; _ }, _, _) ->
      Format.asprintf "%s %a" (Ident.name id) Printtyp.modtype md_type
  | item -> name_of item

let items scope interface =
  match String.split_on_char '.' interface with
  | [] -> None
  | root :: names ->
      let path =
        List.fold_left
          (fun path name -> Path.Pdot (path, name))
          (Path.Pident (Ident.create_persistent root))
          names
      in
      Option.map
        (fun { local; _ } -> local)
        (signature { scope with local = [] } (Mty_ident path))

(* Names alone do not tell IPv4 from IPv6: of the interfaces whose names are all there,
   the one is meant of which most is there word by word. *)
let similarity given interface =
  let names = List.map name_of given and texts = List.map text_of given in
  if interface = [] || List.exists (fun item -> not (List.mem (name_of item) names)) interface
  then 0
  else 1 + List.length (List.filter (fun item -> List.mem (text_of item) texts) interface)

let most_similar scope given =
  let weigh best interface =
    let weight = Option.fold ~none:0 ~some:(similarity given) (items scope interface) in
    if weight > fst best then (weight, Devices.implementing interface) else best
  in
  snd (List.fold_left weigh (0, None) Devices.interfaces)

let rec device scope = function
  | Mty_ident path -> (
      match (Devices.implementing (Path.name path), declared scope path) with
      | (Some _ as device), _ -> device
      | None, Some (scope, typ) -> device scope typ
      | None, None -> None)
  | Mty_signature given -> most_similar scope given
  | Mty_functor _ | Mty_alias _ -> None
