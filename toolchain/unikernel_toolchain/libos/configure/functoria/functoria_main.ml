module Graph = Functoria_graph
module Codegen = Functoria_misc.Codegen

let connected devices nodes =
  let device ({ number; _ } : Graph.node) =
    List.find (fun (device : Device_graph.node) -> device.number = number) devices
  in
  List.filter Device_graph.is_connected (List.map device nodes)

let entry devices (graph : Graph.t) =
  let await (device : Device_graph.node) = Printf.sprintf "    force %s >>= fun _ ->\n" device.name in
  let awaited = connected devices (graph.init @ [ graph.root ]) in
  Printf.sprintf "let () =\n  run (\n%s    return ())\n" (String.concat "" (List.map await awaited))

let text ~prelude info graph =
  let devices = Graph.to_devices info graph in
  let parts =
    [
      Printf.sprintf "(* %s *)\n" (Codegen.generated_header ());
      prelude;
      Main_text.begins ^ Main_text.force;
      Codegen.main ();
      Main_text.modules devices;
      Main_text.values ~explained:true devices ^ entry devices graph;
    ]
  in
  String.concat "\n" (List.filter (( <> ) "") parts)
