module Key = Functoria_key

let term key = Printf.sprintf "let %s_t = Cmdliner.Term.const ()\n" (Key.ocaml_name key)

let runtime_keys keys =
  let entry key = Printf.sprintf "  (%s_t, %S);\n" (Key.ocaml_name key) (Key.name key) in
  "let runtime_keys = [\n" ^ String.concat "" (List.map entry keys) ^ "]\n"

let margin = 96

let definition context key =
  let buffer = Buffer.create 200 in
  let formatter = Format.formatter_of_buffer buffer in
  Format.pp_set_margin formatter margin;
  Key.serialize context formatter key;
  Format.pp_print_flush formatter ();
  Buffer.contents buffer

let text context ~wants_terms keys =
  let keys = Key.Set.elements keys in
  let definitions = List.map (definition context) keys in
  let terms =
    if wants_terms then
      let read_at_boot = List.filter Key.is_runtime keys in
      List.map term read_at_boot @ [ runtime_keys read_at_boot ]
    else []
  in
  Printf.sprintf "(* %s *)\n\n" (Functoria_misc.Codegen.generated_header ())
  ^ String.concat "\n" (definitions @ terms)
