type servers = (Ipaddr.V6.t * int64) list
type t = (Ipaddr.V6.t * servers) list  (* the router heard last comes first *)

let max_routers = 8
let max_servers = 8
let empty = []
let same a b = Ipaddr.V6.compare a b = 0
let routers t = List.map fst t
let rec first n = function x :: rest when n > 0 -> x :: first (n - 1) rest | _ -> []
let find t router = List.find_opt (fun (ip, _) -> same ip router) t

(* A server keeps its place: the resolver asks them in this order. *)
let merge ~now known advertised =
  let renewed (ip, until) =
    match find advertised ip with Some (_, until) -> (ip, until) | None -> (ip, until)
  in
  let is_new (ip, _) = find known ip = None in
  List.map renewed known @ List.filter is_new advertised
  |> List.filter (fun (_, until) -> until > now)
  |> first max_servers

let rec but_last = function [] | [ _ ] -> [] | x :: rest -> x :: but_last rest

let learn t ~now ~router advertised =
  let known = Option.fold (find t router) ~none:[] ~some:snd in
  let servers = merge ~now known advertised in
  let others = List.filter (fun (ip, _) -> not (same ip router)) t in
  if servers = [] then (others, if known = [] then [] else [ (router, []) ])
  else if List.length others < max_routers then
    ((router, servers) :: others, [ (router, servers) ])
  else
    let dropped, _ = List.nth others (max_routers - 1) in
    ((router, servers) :: but_last others, [ (dropped, []); (router, servers) ])
