(* The program's entry, as text that a person can read: functors applied, keys declared,
   devices connected one after the other, start called, all under OS.Main.run. The
   compiler checks it like anything else, so this needs to be right about names only. *)

open Printf

type t = { text : string; networks : string list }

(* 4 is unikernel.h's UNIKERNEL_MILESTONE_START. *)
let prelude =
  {|external milestone : int -> unit = "unikernel_ocaml_milestone" [@@noalloc]
let begins () = milestone 4
|}

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

let instance (device : Devices.t) =
  let argument name = sprintf " (%s)" (module_of (Devices.named name)) in
  sprintf "module %s = %s%s\n" (module_of device) device.implementation
    (String.concat "" (List.map argument device.parameters))

(* A functor is applied once, however many networks there are. *)
let instances (graph : Graph.t) =
  let add devices (node : Graph.node) =
    if node.device.parameters = [] || List.memq node.device devices then devices
    else devices @ [ node.device ]
  in
  String.concat "" (List.map instance (List.fold_left add [] graph.nodes))

(* With several networks, names end in that of the network. *)
let group (graph : Graph.t) (node : Graph.node) =
  if List.length graph.networks > 1 then node.network else None

let named graph (node : Graph.node) =
  Option.fold (group graph node) ~none:node.device.name
    ~some:(sprintf "%s_%s" node.device.name)

let keys graph node = named graph node ^ "_keys"

let value graph (node : Graph.node) =
  match node.device.value with Unit -> "()" | Connected _ -> named graph node

let connection graph expression (node : Graph.node) =
  let arguments = List.map (value graph) (Graph.dependencies node) in
  let words =
    [
      ("module", module_of node.device);
      ("arguments", String.concat " " arguments);
      ("keys", keys graph node);
    ]
  in
  let buffer = Buffer.create 80 in
  Buffer.add_substitute buffer (fun word -> List.assoc word words) expression;
  sprintf "  %s >>= fun %s ->\n" (Buffer.contents buffer) (value graph node)

let connections (graph : Graph.t) =
  let connect (node : Graph.node) =
    match node.device.value with
    | Unit -> ""
    | Connected expression -> connection graph expression node
  in
  String.concat "" (List.map connect graph.nodes)

let declared_keys (graph : Graph.t) =
  let declare (node : Graph.node) module_name =
    let group = Option.fold (group graph node) ~none:"" ~some:(sprintf " ~group:%S") in
    let device = Option.value node.network ~default:node.device.name in
    sprintf "let %s = %s.declare%s %S\n" (keys graph node) module_name group device
  in
  let of_node (node : Graph.node) = Option.map (declare node) node.device.keys in
  String.concat "" (List.filter_map of_node graph.nodes)

let is_connected (node : Graph.node) = node.device.value <> Unit

(* {1 A start with devices} *)

let after_reading ~keys text =
  if keys then "let () = Boot_keys.parse Sys.argv\n" ^ text else text

let call (graph : Graph.t) start (result : Shape.result) =
  let arguments = String.concat " " (List.map (value graph) graph.given) in
  let call = started (sprintf "%s %s" start arguments) in
  match result with
  | Lwt -> call
  | Lwt_of_any -> sprintf "Lwt.map ignore (%s)" call
  | Direct -> call ^ "; Lwt.return_unit"

let with_connections ~keys:read (graph : Graph.t) start result =
  let given = List.filter is_connected graph.given in
  let values = sprintf "(%s)" (String.concat ", " (List.map (value graph) given)) in
  let connect = sprintf "let connect () =\n%s  Lwt.return %s\n\n" (connections graph) values in
  let run connected =
    after_reading ~keys:read
    @@ sprintf "let () = OS.Main.run (%s >>= fun %s -> %s)\n" connected values
      (call graph start result)
  in
  match declared_keys graph with
  | "" -> connect ^ run "connect ()"
  | keys -> keys ^ "\n" ^ connect ^ run "Boot_keys.explain connect"

let with_devices ~keys graph start result =
  if List.exists is_connected graph.Graph.given then
    "open Lwt.Infix\n\n" ^ with_connections ~keys graph start result
  else
    let arguments = List.map (value graph) graph.given in
    after_reading ~keys (run result (started (String.concat " " (start :: arguments))))

let applied ~keys path (graph : Graph.t) result =
  let argument (node : Graph.node) = sprintf " (%s)" (module_of node.device) in
  let arguments = String.concat "" (List.map argument graph.given) in
  instances graph ^ sprintf "module Main = %s%s\n\n" path arguments
  ^ with_devices ~keys graph "Main.start" result

let make ~networks ~keys (shape : Shape.t) =
  let alone text = { text; networks } in
  let started_with result call =
    alone (prelude ^ after_reading ~keys (run result (started call)))
  in
  let on devices text =
    let graph = Graph.make ~networks devices in
    { text = prelude ^ text graph; networks = graph.networks }
  in
  match shape with
  | Effects -> alone ""
  | Value (path, result) -> started_with result path
  | Plain (path, result) -> started_with result (path ^ " ()")
  | Functor (path, devices, result) ->
      on devices (fun graph -> applied ~keys path graph result)
  | Given (path, devices, result) ->
      on devices (fun graph -> with_devices ~keys graph path result)
