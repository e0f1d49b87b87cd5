(* What devices.toml says, and what follows from it: which rows stand behind an interface or a
   type of values, and which cannot be together on one network. *)

include Device_row

let table = Device_table.table
let implementing interface = List.find_opt (fun t -> List.mem interface t.interfaces) table
let of_type typ = List.find_opt (fun t -> t.value_type = Some typ) table
let named name = List.find (fun t -> t.name = name) table

(* The kind of device of an image that it drives, or that what it is connected to does. *)
let rec kind_under t =
  match t.kind with
  | Some kind -> Some kind
  | None -> List.find_map (fun name -> kind_under (named name)) t.arguments

(* Each asks for all of a network's IP packets of its family, or families. *)
let exclusive_with =
  [
    ("ip4", [ "ip46"; "stack_v4v6" ]);
    ("ip6", [ "ip46"; "stack_v4v6" ]);
    ("stack4", [ "stack6" ]);
    ("stack", [ "stack_v4v6" ]);
  ]

let exclude a b =
  let excluded t = Option.value (List.assoc_opt t.name exclusive_with) ~default:[] in
  List.mem b.name (excluded a) || List.mem a.name (excluded b)

let over_both = [ ("conduit", "conduit46"); ("resolver", "resolver46"); ("http", "http46") ]

(* An application that has the stack of both families gets HTTP over that one. *)
let on_one_stack devices =
  let replaced t =
    match List.assoc_opt t.name over_both with None -> t | Some name -> named name
  in
  if List.exists (fun t -> t.name = "stack46") devices then List.map replaced devices
  else devices

let interfaces = List.concat_map (fun t -> t.interfaces) table
let value_types = List.filter_map (fun t -> t.value_type) table
