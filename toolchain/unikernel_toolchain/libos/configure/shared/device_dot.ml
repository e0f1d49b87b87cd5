open Printf
open Device_graph

let label node =
  String.concat "\n" ((node.label :: [ node.implementation ]) @ node.keys)

let escaped text =
  let buffer = Buffer.create 80 in
  let add = function
    | '"' -> Buffer.add_string buffer "\\\""
    | '\\' -> Buffer.add_string buffer "\\\\"
    | '\n' -> Buffer.add_string buffer "\\n"
    | c -> Buffer.add_char buffer c
  in
  String.iter add text;
  Buffer.contents buffer

let box node = sprintf "  %d [label=\"%s\"];\n" node.number (escaped (label node))

let lines node =
  let line style other = sprintf "  %d -> %d%s;\n" node.number other.number style in
  List.map (line "") node.parameters
  @ List.map (line " [style=dashed]") (dependencies node)

let text nodes =
  let boxes = List.map box nodes and lines = List.concat_map lines nodes in
  String.concat "" (("digraph {\n  ordering=out;\n  node [shape=box];\n" :: boxes) @ lines @ [ "}\n" ])
