let read file =
  let channel = open_in_bin file in
  Fun.protect ~finally:(fun () -> close_in channel) (fun () ->
      really_input_string channel (in_channel_length channel))

let text_of (attribute : Parsetree.attribute) =
  match (attribute.attr_name.txt, attribute.attr_payload) with
  | ( ("ocaml.doc" | "doc"),
      PStr
        [
          { pstr_desc = Pstr_eval ({ pexp_desc = Pexp_constant constant; _ }, _); _ };
        ] ) ->
      Constants.text constant
  | _ -> None

let comment_of attributes = String.concat "\n" (List.filter_map text_of attributes)

(* {1 What is declared at a place} *)

type t = Written of string | Included of Longident.t

exception Found of t

let at offset =
  let look (loc : Location.t) attributes =
    if loc.loc_start.pos_cnum = offset then raise (Found (Written (comment_of attributes)))
  in
  let default = Ast_iterator.default_iterator in
  let open Parsetree in
  let value_description self it = look it.pval_loc it.pval_attributes; default.value_description self it in
  let value_binding self it =
    look it.pvb_pat.ppat_loc it.pvb_attributes;
    default.value_binding self it
  in
  let type_declaration self it = look it.ptype_loc it.ptype_attributes; default.type_declaration self it in
  let constructor_declaration self it =
    look it.pcd_loc it.pcd_attributes;
    default.constructor_declaration self it
  in
  let label_declaration self it = look it.pld_loc it.pld_attributes; default.label_declaration self it in
  let extension_constructor self it =
    look it.pext_loc it.pext_attributes;
    default.extension_constructor self it
  in
  let module_declaration self it =
    look it.pmd_loc it.pmd_attributes;
    default.module_declaration self it
  in
  let module_type_declaration self it =
    look it.pmtd_loc it.pmtd_attributes;
    default.module_type_declaration self it
  in
  (* What comes out of [S with type t := …] is at the place of that. *)
  let module_type self it =
    (match it.pmty_desc with
     | Pmty_with ({ pmty_desc = Pmty_ident { txt; _ }; _ }, _)
       when it.pmty_loc.loc_start.pos_cnum = offset ->
         raise (Found (Included txt))
     | _ -> ());
    default.module_type self it
  in
  let module_binding self it = look it.pmb_loc it.pmb_attributes; default.module_binding self it in
  {
    default with
    value_description;
    value_binding;
    type_declaration;
    constructor_declaration;
    label_declaration;
    extension_constructor;
    module_declaration;
    module_type_declaration;
    module_type;
    module_binding;
  }

let search iterate offset =
  match iterate (at offset) with () -> None | exception Found it -> Some it

(* {1 Where the declarations of a source are} *)

let in_compiled file offset =
  let iterate it = match (Cmt_format.read_cmt file).cmt_annots with
    | Interface signature -> it.Ast_iterator.signature it (Untypeast.untype_signature signature)
    | Implementation structure ->
        it.structure it (Untypeast.untype_structure structure)
    | _ -> ()
  in
  search iterate offset

let in_source file offset =
  let iterate it =
    let lexbuf = Lexing.from_string (read file) in
    if Filename.check_suffix file ".mli" then
      it.Ast_iterator.signature it (Parse.interface lexbuf)
    else it.structure it (Parse.implementation lexbuf)
  in
  search iterate offset

let files folders suffixes stem =
  let is_its file suffix =
    match Filename.chop_suffix_opt ~suffix file with
    | None -> false
    | Some unit_ ->
        let unit_ = String.lowercase_ascii unit_ in
        unit_ = stem || String.ends_with ~suffix:("__" ^ stem) unit_
  in
  let of_folder folder = match Sys.readdir folder with
    | files ->
        List.filter (fun file -> List.exists (is_its file) suffixes) (Array.to_list files)
        |> List.map (Filename.concat folder)
    | exception Sys_error _ -> []
  in
  List.concat_map of_folder folders

let stem_of file = String.lowercase_ascii Filename.(remove_extension (basename file))

let declared ~folders (loc : Location.t) =
  let { Lexing.pos_fname; pos_cnum; _ } = loc.loc_start in
  let folders = Config.standard_library :: folders in
  let declared = Filename.check_suffix pos_fname ".mli" in
  let suffix interface source = [ (if declared then interface else source) ] in
  let attempt search file = try search file pos_cnum with _ -> None in
  let try_all search suffixes =
    List.find_map (attempt search) (files folders suffixes (stem_of pos_fname))
  in
  match try_all in_compiled (suffix ".cmti" ".cmt") with
  | Some it -> Some it
  | None -> try_all in_source (suffix ".mli" ".ml")

let comment ~folders loc = match declared ~folders loc with Some (Written text) -> text | _ -> ""

let interface ~folders name =
  let folders = Config.standard_library :: folders in
  let of_kind suffix = files folders [ suffix ] (String.lowercase_ascii name) in
  (* A module of types alone has often no interface beside it. *)
  match of_kind ".mli" @ of_kind ".ml" with file :: _ -> read file | [] -> ""
