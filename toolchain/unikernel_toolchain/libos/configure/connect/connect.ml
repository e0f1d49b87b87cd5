(* connect FILE.cmi --module NAME [--net NAME]… [--block NAME]… [--devices FILE]
   [--source FILE.ml]… [-I FOLDER]… [--keys]: prints the main module of the application whose compiled interface
   this is, and writes what devices it has to FILE. Exits with 2 and a sentence when it has
   no main module. *)

let usage =
  "usage: connect FILE.cmi --module NAME [--net NAME]... [--block NAME]... [--devices \
   FILE] [--source FILE.ml]... [-I FOLDER]... [--keys]"

type request = {
  interface : string;
  name : string;
  places : Graph.places;
  devices : string;
  sources : string list;
  folders : string list;
  keys : bool;
}

let parse_arguments () =
  let file = ref "" and name = ref "" and devices = ref "" and keys = ref false in
  let networks = ref [] and blocks = ref [] in
  let sources = ref [] and folders = ref [] in
  let add list = Arg.String (fun word -> list := word :: !list) in
  let options =
    [
      ("--module", Arg.Set_string name, "NAME the application's module");
      ("--net", add networks, "NAME a network");
      ("--block", add blocks, "NAME a block device");
      ("--devices", Arg.Set_string devices, "FILE where to write the devices");
      ("--source", add sources, "FILE a source of the application");
      ("-I", add folders, "FOLDER where compiled interfaces are");
      ("--keys", Arg.Set keys, " the application reads boot keys, whatever its devices");
    ]
  in
  Arg.parse options (( := ) file) usage;
  {
    interface = !file;
    name = !name;
    places = [ ("net", List.rev !networks); ("block", List.rev !blocks) ];
    devices = !devices;
    sources = !sources;
    folders = "." :: List.rev !folders;
    keys = !keys;
  }

let fail message =
  prerr_endline message;
  exit 2

let write_devices file places =
  if file <> "" then (
    let channel = open_out file in
    let write (kind, names) = List.iter (Printf.fprintf channel "%s %s\n" kind) names in
    List.iter write places;
    close_out channel)

let main_module request =
  let { interface; name; places; sources; folders; keys; _ } = request in
  let signature = (Cmi_format.read_cmi interface).cmi_sign in
  let shape = Shape.of_interface ~folders ~name signature in
  if shape = Effects then Shape.check_effects signature (Effects.of_files sources);
  Main_module.make ~places ~keys shape

let () =
  let request = parse_arguments () in
  if request.interface = "" || request.name = "" then fail usage;
  match main_module request with
  | { text; places } ->
      write_devices request.devices places;
      print_string text
  | exception (Shape.Unsupported message | Graph.Unsupported message) -> fail message
  | exception Cmi_format.Error error ->
      fail (Format.asprintf "%a" Cmi_format.report_error error)
