(* connect FILE.cmi --module NAME: prints the main module of the application whose
   compiled interface this is. Exits with 2 and a sentence when it has none. *)

let usage = "usage: connect FILE.cmi --module NAME"

let parse_arguments () =
  let file = ref "" and name = ref "" in
  let options = [ ("--module", Arg.Set_string name, "NAME the application's module") ] in
  Arg.parse options (( := ) file) usage;
  (!file, !name)

let give_up sentence =
  prerr_endline sentence;
  exit 2

let () =
  let file, name = parse_arguments () in
  if file = "" || name = "" then give_up usage;
  match Shape.of_interface ~name (Cmi_format.read_cmi file).cmi_sign with
  | shape -> print_string (Main_module.text shape)
  | exception Shape.Unsupported sentence -> give_up sentence
  | exception Cmi_format.Error error ->
      give_up (Format.asprintf "%a" Cmi_format.report_error error)
