type value =
  | Stateless
  | Connected of (module_name:string -> string list -> string)

type node = {
  number : int;
  name : string;
  label : string;
  own : bool;
  ends : bool;
  implementation : string;
  module_name : string;
  parameters : node list;
  arguments : node list;
  keys : string list;
  value : value;
}

let is_connected node = match node.value with Stateless -> false | Connected _ -> true
let is_in nodes node = List.exists (fun other -> other.number = node.number) nodes

let rec add nodes node =
  if is_in nodes node then nodes
  else List.fold_left add nodes (node.parameters @ node.arguments) @ [ node ]

let all nodes = List.fold_left add [] nodes
let dependencies node = List.filter (fun it -> not (is_in node.parameters it)) node.arguments
