(* The devices of an application with all that they need, each behind its inputs: the order
   in which they are made. A device that needs a network is there once for each; the nth
   asked for stands on the nth network. *)

type node = { device : Devices.t; network : string option }
type t = { nodes : node list; given : node list; networks : string list }

exception Unsupported of string

let unsupported format = Printf.ksprintf (fun text -> raise (Unsupported text)) format
let default = "service"

let on network device =
  { device; network = (if Devices.needs_network device then network else None) }

let of_names node names = List.map (fun name -> on node.network (Devices.named name)) names
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

let network networks index (device : Devices.t) =
  match List.nth_opt networks index with
  | Some network -> network
  | None ->
      unsupported
        "the %s %s needs a network of its own, and %d %s declared; add --net NAME, as in \
         --net management"
        (ordinal index)
        (title device)
        (List.length networks)
        (if List.length networks = 1 then "is" else "are")

(* Which of its kind each device is, from 0. *)
let numbered devices =
  let number (seen, numbers) device =
    let before = List.length (List.filter (( == ) device) seen) in
    (device :: seen, before :: numbers)
  in
  List.combine devices (List.rev (snd (List.fold_left number ([], []) devices)))

let one_stack_each nodes =
  let check a b =
    if a.network = b.network && Devices.exclude a.device b.device then
      unsupported
        "%s and %s would both take the frames of one network; ask for one of them. \
         Mirage_stack.V4V6 alone has IPv4 and IPv6"
        (title a.device) (title b.device)
  in
  List.iter (fun a -> List.iter (check a) nodes) nodes

let make ~networks devices =
  let devices = Devices.on_one_stack devices in
  let networks =
    if networks = [] && List.exists Devices.needs_network devices then [ default ]
    else networks
  in
  let place (device, index) =
    if Devices.needs_network device then on (Some (network networks index device)) device
    else on None device
  in
  let given = List.map place (numbered devices) in
  let nodes = List.fold_left add [] given in
  one_stack_each nodes;
  { nodes; given; networks }
