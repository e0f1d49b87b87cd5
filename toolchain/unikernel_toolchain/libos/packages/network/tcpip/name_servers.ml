type source =
  | Key of string
  | Boot of string
  | Dhcp of Macaddr.t
  | Router of Macaddr.t * Ipaddr.V6.t

let max_known = 16
let by_source : (source * (Ipaddr.t * int64 option) list) list ref = ref []

(* A source keeps its place, so that a renewal does not change the order. *)
let set source servers =
  let servers = List.filteri (fun i _ -> i < max_known) servers in
  let replaced (other, old) = (other, if other = source then servers else old) in
  let sources =
    if List.mem_assoc source !by_source then List.map replaced !by_source
    else !by_source @ [ (source, servers) ]
  in
  by_source := List.filter (fun (_, servers) -> servers <> []) sources

let valid ~now = function _, None -> true | _, Some until -> until > now
let add_once list ip = if List.mem ip list then list else list @ [ ip ]

let known ~now =
  List.concat_map (fun (_, servers) -> List.filter (valid ~now) servers) !by_source
  |> List.map fst
  |> List.fold_left add_once []
  |> List.filteri (fun i _ -> i < max_known)
