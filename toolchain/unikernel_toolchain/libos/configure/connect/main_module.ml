(* The program's entry: devices as a graph, the application's start behind them, all under
   OS.Main.run. What waits for nothing runs without Lwt's operators, and what ends at once
   without a main loop. *)

open Printf
open Device_graph

type t = { text : string; places : Graph.places }

let started call = sprintf "begins (); %s" call

let run (result : Shape.result) call =
  match result with
  | Direct -> sprintf "let () = %s\n" call
  | Lwt -> sprintf "let () = OS.Main.run (%s)\n" call
  | Lwt_of_any -> sprintf "let () = OS.Main.run (Lwt.map ignore (%s))\n" call

(* {1 Devices} *)

let module_of (device : Devices.t) =
  if device.parameters = [] then device.implementation
  else String.capitalize_ascii device.name

(* The name of its network or block device, where the image has several. *)
let group (graph : Graph.t) (node : Graph.node) =
  match Devices.kind_under node.device with
  | Some kind when List.length (Graph.of_kind kind graph.places) > 1 -> node.place
  | _ -> None

let named graph (node : Graph.node) =
  Option.fold (group graph node) ~none:node.device.name
    ~some:(sprintf "%s_%s" node.device.name)

let keys graph node = named graph node ^ "_keys"

let connection graph (node : Graph.node) expression ~module_name arguments =
  let words =
    [
      ("module", module_name);
      ("arguments", String.concat " " arguments);
      ("keys", keys graph node);
      ("device", Option.value node.place ~default:"");
    ]
  in
  let buffer = Buffer.create 80 in
  Buffer.add_substitute buffer (fun word -> List.assoc word words) expression;
  Buffer.contents buffer

(* Each is behind those that it is made from: these are known. *)
let add graph known (node : Graph.node) =
  let these = List.map (fun node -> List.assoc node known) in
  let value =
    match node.device.value with
    | Unit -> Stateless
    | Connected expression -> Connected (connection graph node expression)
  in
  let made =
    {
      number = List.length known + 1;
      name = named graph node;
      label = node.device.name;
      own = false;
      ends = false;
      implementation = node.device.implementation;
      module_name = module_of node.device;
      parameters = these (Graph.parameters node);
      arguments = these (Graph.arguments node);
      keys = Option.to_list node.device.keys;
      value;
    }
  in
  (node, made) :: known

let declared_keys (graph : Graph.t) =
  let declare (node : Graph.node) module_name =
    let group = Option.fold (group graph node) ~none:"" ~some:(sprintf " ~group:%S") in
    let device = Option.value node.place ~default:node.device.name in
    sprintf "let %s = %s.declare%s %S\n" (keys graph node) module_name group device
  in
  let of_node (node : Graph.node) = Option.map (declare node) node.device.keys in
  String.concat "" (List.filter_map of_node graph.nodes)

(* {1 A start with devices} *)

let after_reading ~keys text =
  if keys then "let () = Boot_keys.parse Sys.argv\n" ^ text else text

(* What start gives at once is no promise. *)
let application path ~is_functor (result : Shape.result) given =
  let module_name = if is_functor then "Main" else path in
  let start = if is_functor then module_name ^ ".start" else path in
  let connect ~module_name:_ arguments =
    let call = String.concat " " (start :: arguments) in
    if result = Direct then call ^ "; Lwt.return_unit" else call
  in
  {
    number = 0;
    name = start;
    label = path;
    own = true;
    ends = result = Lwt_of_any;
    implementation = path;
    module_name;
    parameters = (if is_functor then given else []);
    arguments = given;
    keys = [];
    value = Connected connect;
  }

let behind_devices ~keys:read ~declared nodes application =
  let explained = declared <> "" in
  let start = Main_text.start ~explained application in
  sprintf "open Lwt.Infix\n\n%s%s\n%s%s" Main_text.force declared
    (Main_text.values ~explained nodes)
    (after_reading ~keys:read (sprintf "let () =\n  OS.Main.run (\n%s  )\n" start))

let on_devices ~places ~keys path ~is_functor devices result =
  let graph = Graph.make ~places devices in
  let known = List.fold_left (add graph) [] graph.nodes in
  let nodes = List.rev_map snd known in
  let given = List.map (fun node -> List.assoc node known) graph.given in
  let application = application path ~is_functor result given in
  let main =
    if List.exists (Device_graph.is_connected) given then
      behind_devices ~keys ~declared:(declared_keys graph) nodes application
    else
      let units = List.map (fun _ -> "()") given in
      after_reading ~keys (run result (started (String.concat " " (application.name :: units))))
  in
  let modules = Main_text.modules (nodes @ [ application ]) in
  { text = Main_text.begins ^ modules ^ "\n" ^ main; places = graph.places }

let make ~places ~keys (shape : Shape.t) =
  let alone text = { text; places } in
  let started_with result call =
    alone (Main_text.begins ^ after_reading ~keys (run result (started call)))
  in
  match shape with
  | Effects -> alone ""
  | Value (path, result) -> started_with result path
  | Plain (path, result) -> started_with result (path ^ " ()")
  | Functor (path, devices, result) ->
      on_devices ~places ~keys path ~is_functor:true devices result
  | Given (path, devices, result) ->
      on_devices ~places ~keys path ~is_functor:false devices result
