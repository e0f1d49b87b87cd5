module Key = Functoria_key
module Page = Cmdliner.Manpage

let with_operand ({ operand; operand_name; _ } : Key.description) flag =
  if operand = `None then flag
  else if Astring.String.is_prefix ~affix:"--" flag then flag ^ "=" ^ operand_name
  else flag ^ " " ^ operand_name

(* What is taken when no flag is given. *)
let absent ({ operand; printed; variable; _ } : Key.description) =
  let default = if operand = `Has_default && printed <> "" then Some printed else None in
  match (operand, default, variable) with
  | `Required, _, None -> " (required)"
  | `Required, _, Some variable -> Printf.sprintf " (required, or %s env)" variable
  | _, None, None -> ""
  | _, Some default, None -> Printf.sprintf " (absent=%s)" default
  | _, None, Some variable -> Printf.sprintf " (absent %s env)" variable
  | _, Some default, Some variable -> Printf.sprintf " (absent=%s or %s env)" default variable

let label it =
  Page.escape (String.concat ", " (List.map (with_operand it) it.Key.flags) ^ absent it)

let variables (it : Key.description) = function
  | "docv" -> Some (Page.escape it.operand_name)
  | "opt" -> Some (Page.escape (List.hd (List.rev it.flags)))
  | "env" -> Option.map Page.escape it.variable
  | "mname" -> Some "mirage"
  | "tname" | "iname" -> Some "mirage configure"
  | _ -> None

(* Each key is printed as a page of its own, since each has variables of its own. What markup of a
   config.ml's is wrong is printed as it stands, and not complained of. *)
let print_blocks ppf ?subst blocks =
  let errs = Format.formatter_of_buffer (Buffer.create 80) in
  Page.print ~errs ?subst `Plain ppf (("", 1, "", "", ""), blocks)

let print_key ppf it = print_blocks ppf ~subst:(variables it) [ `I (label it, it.Key.doc) ]

let section_of keys name =
  List.filter (fun (it : Key.description) -> String.equal it.section name) keys

let print ppf keys =
  let keys = Key.Set.elements (Key.filter_stage `Configure keys) in
  let keys = List.map (Key.describe Key.empty_context) keys in
  let sections = List.sort_uniq String.compare (List.map (fun it -> it.Key.section) keys) in
  let print_section name =
    Format.fprintf ppf "@\n";
    print_blocks ppf [ `S name ];
    List.iter (print_key ppf) (section_of keys name)
  in
  List.iter print_section sections;
  Format.fprintf ppf "@."
