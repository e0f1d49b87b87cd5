open Functoria
module Answer = Functoria_answer
module Graph = Functoria_graph
module Json = Functoria_json
module Key = Functoria_key
module Strings = Astring.String.Set

type t = { info : Info.t; graph : Graph.t; key_gen : string; main : string }

let strings texts = Json.List (List.map (fun text -> Json.String text) texts)
let ints numbers = Json.List (List.map (fun number -> Json.Int number) numbers)
let objects f items = Json.List (List.map (fun item -> Json.Object (f item)) items)

(* {1 Packages} *)

let boot_keys = "unikernel-keys"

(* What the generated modules name themselves. *)
let generated_from texts =
  let libraries = List.concat_map Boot_converter.libraries texts in
  let cmdliner =
    let is_named = Astring.String.is_infix ~affix:"Cmdliner.Term." in
    if List.exists is_named texts then [ package "cmdliner" ] else []
  in
  package boot_keys ~ocamlfind:(boot_keys :: libraries) :: cmdliner

let package { opam; pin; build; ocamlfind; min; max } =
  [
    ("name", Json.String opam);
    ("libraries", strings (Strings.elements ocamlfind));
    ("min", strings (Strings.elements min));
    ("max", strings (Strings.elements max));
    ("build", Json.Bool build);
    ("pin", Option.fold ~none:Json.Null ~some:(fun pin -> Json.String pin) pin);
  ]

let pin_note { opam; pin; _ } =
  Option.map
    (Printf.sprintf "Package %s is pinned to %s, which is not followed: the one installed is taken."
       opam)
    pin

(* {1 Devices} *)

let device { Answer.kind; name; path } =
  let kind = match kind with Net -> "net" | Block -> "block" | Kv -> "kv" in
  [ ("kind", Json.String kind); ("name", String name); ("path", String path) ]

let data = function
  | Answer.Crunch { module_name; folder } ->
      [ ("kind", Json.String "crunch"); ("module", String module_name); ("folder", String folder) ]
  | Tar { device; folder } ->
      [ ("kind", Json.String "tar"); ("device", String device); ("folder", String folder) ]
  | Fat { device; folder; pattern } ->
      [
        ("kind", Json.String "fat");
        ("device", String device);
        ("folder", String folder);
        ("pattern", String pattern);
      ]

let address { Answer.network; address; gateway } =
  [
    ("device", Json.String network);
    ("address", String address.option);
    ("gateway", String gateway.option);
    ("configured_address", String address.configured);
    ("configured_gateway", String gateway.configured);
  ]

let info_module { Answer.module_name; record } =
  [ ("module", Json.String module_name); ("record", String record) ]

(* {1 Keys} *)

let stage = function `Configure -> "configure" | `Run -> "run" | `Both -> "both"

let key context it =
  let { Key.stage = at; printed; section; doc; flags; _ } = Key.describe context it in
  [
    ("name", Json.String (Key.name it));
    ("stage", String (stage at));
    ("value", String printed);
    ("section", String section);
    ("doc", String doc);
    ("flags", strings flags);
  ]

let target info =
  let is_target key = Key.name key = "target" in
  let printed key = (Key.describe (Info.context info) key).printed in
  Option.fold ~none:"" ~some:printed (List.find_opt is_target (Info.keys info))

(* {1 The graph} *)

let kind ({ inputs; _ } as node : Graph.node) =
  if Graph.is_job node then "job" else if inputs = [] then "device" else "functor-app"

let node (it : Graph.node) (device : Device_graph.node) =
  let numbers = List.map (fun ({ number; _ } : Graph.node) -> number) in
  [
    ("id", Json.Int it.number);
    ("label", String device.label);
    ("module", String device.implementation);
    ("kind", String (kind it));
    ("inputs", ints (numbers it.inputs));
    ("deps", ints (numbers it.deps));
    ("keys", strings device.keys);
  ]

let graph (graph : Graph.t) devices =
  let nodes = List.map2 (fun it device -> Json.Object (node it device)) graph.nodes devices in
  Json.Object [ ("nodes", List nodes); ("root", Int graph.root.number) ]

let facts { info; graph = it; key_gen; main } =
  let devices = Graph.to_devices info it in
  let own = generated_from [ key_gen; main ] in
  let packages = Functoria_package.merge (own @ Info.packages info) in
  let notes = List.filter_map pin_note packages @ Answer.notes () in
  [
    ("name", Json.String (Info.name info));
    ("target", String (target info));
    ("mains", strings (Graph.own_modules it));
    ("packages", objects package packages);
    ("devices", objects device (Answer.devices ()));
    ("addresses", objects address (Answer.addresses ()));
    ("data", objects data (Answer.data ()));
    ("key_gen", String key_gen);
    ("main", String main);
    ("info", Bool (Answer.info_modules () <> []));
    ("info_modules", objects info_module (Answer.info_modules ()));
    ("keys", objects (key (Info.context info)) (Info.keys info));
    ("graph", graph it devices);
    ("dot", String (Device_dot.text devices));
    ("notes", strings notes);
  ]

let written fields = Json.to_string (Object fields) ^ "\n"

let text it ~without =
  let variant (names, it) = [ ("names", strings names); ("answer", Json.Object (facts it)) ] in
  written (facts it @ [ ("without", objects variant without) ])

let unknown option ~options ~at_boot ~flags =
  written
    [
      ("unknown", Json.String option); ("options", strings options); ("at_boot", strings at_boot);
      ("flags", strings flags);
    ]
