(* The devices of an application with all that they need, each behind its inputs: the order
   in which they are made. What needs a device of the image, a network or a block device,
   is there once for each; the nth asked for stands on the nth. *)

type places = (string * string list) list
type node = { device : Devices.t; place : string option }
type t = { nodes : node list; given : node list; places : places }

exception Unsupported of string

let unsupported format = Printf.ksprintf (fun text -> raise (Unsupported text)) format

(* What the image's devices of each kind are called where none is declared, in words, and
   a name for one more. *)
let kinds =
  [
    ("net", ("service", "network", "management"));
    ("block", ("storage", "block device", "archive"));
    ("kv", ("data", "folder of the host", "state"));
  ]

let of_kind kind places = Option.value (List.assoc_opt kind places) ~default:[]

let on place device =
  { device; place = (if Devices.kind_under device = None then None else place) }

let of_names node names = List.map (fun name -> on node.place (Devices.named name)) names
let parameters node = of_names node node.device.parameters
let arguments node = of_names node node.device.arguments

let rec add nodes node =
  if List.mem node nodes then nodes else List.fold_left add nodes (parameters node @ arguments node) @ [ node ]

let ordinal = function
  | 0 -> "first"
  | 1 -> "second"
  | 2 -> "third"
  | n -> Printf.sprintf "%dth" (n + 1)

let title (device : Devices.t) =
  List.hd (device.interfaces @ Option.to_list device.value_type @ [ "Mirage_stack.V4V6" ])

let named names ~kind index device =
  match List.nth_opt names index with
  | Some name -> name
  | None ->
      let _, words, example = List.assoc kind kinds in
      unsupported
        "the %s %s needs a %s of its own, and %d %s declared; add --%s NAME, as in --%s %s"
        (ordinal index) (title device) words (List.length names)
        (if List.length names = 1 then "is" else "are")
        kind kind example

(* Which of its kind each device is, from 0. *)
let numbered devices =
  let number (seen, numbers) device =
    let before = List.length (List.filter (( == ) device) seen) in
    (device :: seen, before :: numbers)
  in
  List.combine devices (List.rev (snd (List.fold_left number ([], []) devices)))

let one_stack_each nodes =
  let check a b =
    if a.place = b.place && Devices.exclude a.device b.device then
      unsupported
        "%s and %s would both take the frames of one network; ask for one of them. \
         Mirage_stack.V4V6 alone has IPv4 and IPv6"
        (title a.device) (title b.device)
  in
  List.iter (fun a -> List.iter (check a) nodes) nodes

(* The places of each kind, with one where none is declared and one is needed. *)
let completed places devices =
  let of_kind (kind, (default, _, _)) =
    let needed = List.exists (fun t -> Devices.kind_under t = Some kind) devices in
    match of_kind kind places with
    | [] when needed -> (kind, [ default ])
    | names -> (kind, names)
  in
  List.map of_kind kinds

let make ~places devices =
  let devices = Devices.on_one_stack devices in
  let places = completed places devices in
  let place (device, index) =
    let name kind = named (of_kind kind places) ~kind index device in
    { device; place = Option.map name (Devices.kind_under device) }
  in
  let given = List.map place (numbered devices) in
  let nodes = List.fold_left add [] given in
  one_stack_each nodes;
  { nodes; given; places }
