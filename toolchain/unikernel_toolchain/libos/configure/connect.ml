(* connect FILE.cmi --module NAME [--net NAME]… [--devices FILE]: prints the main module of
   the application whose compiled interface this is, and writes what devices it has to FILE.
   Exits with 2 and a sentence when it has no main module. *)

let usage = "usage: connect FILE.cmi --module NAME [--net NAME]... [--devices FILE]"

type request = { interface : string; name : string; networks : string list; devices : string }

let parse_arguments () =
  let file = ref "" and name = ref "" and networks = ref [] and devices = ref "" in
  let options =
    [
      ("--module", Arg.Set_string name, "NAME the application's module");
      ("--net", Arg.String (fun net -> networks := net :: !networks), "NAME a network");
      ("--devices", Arg.Set_string devices, "FILE where to write the devices");
    ]
  in
  Arg.parse options (( := ) file) usage;
  { interface = !file; name = !name; networks = List.rev !networks; devices = !devices }

let give_up sentence =
  prerr_endline sentence;
  exit 2

let write_devices file networks =
  if file <> "" then (
    let channel = open_out file in
    List.iter (Printf.fprintf channel "net %s\n") networks;
    close_out channel)

let main_module request =
  let signature = (Cmi_format.read_cmi request.interface).cmi_sign in
  Main_module.make ~networks:request.networks (Shape.of_interface ~name:request.name signature)

let () =
  let request = parse_arguments () in
  if request.interface = "" || request.name = "" then give_up usage;
  match main_module request with
  | { text; networks } ->
      write_devices request.devices networks;
      print_string text
  | exception (Shape.Unsupported sentence | Graph.Unsupported sentence) -> give_up sentence
  | exception Cmi_format.Error error ->
      give_up (Format.asprintf "%a" Cmi_format.report_error error)
