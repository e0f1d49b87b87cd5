include Device_row

let table = Device_table.table
let behind interface = List.find_opt (fun t -> List.mem interface t.interfaces) table
let of_type typ = List.find_opt (fun t -> t.value_type = Some typ) table
let named name = List.find (fun t -> t.name = name) table

let rec needs_network t =
  t.name = "netif" || List.exists (fun name -> needs_network (named name)) t.arguments

(* Each asks for all of a network's IP packets of its family, or families. *)
let takers =
  [
    ("ip4", [ "ip46"; "stack_v4v6" ]);
    ("ip6", [ "ip46"; "stack_v4v6" ]);
    ("stack4", [ "stack6" ]);
    ("stack", [ "stack_v4v6" ]);
  ]

let exclude a b =
  let rivals t = Option.value (List.assoc_opt t.name takers) ~default:[] in
  List.mem b.name (rivals a) || List.mem a.name (rivals b)

let over_both = [ ("conduit", "conduit46"); ("resolver", "resolver46"); ("http", "http46") ]

let on_one_stack devices =
  let replaced t =
    match List.assoc_opt t.name over_both with None -> t | Some name -> named name
  in
  if List.exists (fun t -> t.name = "stack46") devices then List.map replaced devices
  else devices

let interfaces = List.concat_map (fun t -> t.interfaces) table
let value_types = List.filter_map (fun t -> t.value_type) table
