type 'a item = { value : 'a; until : int64 option }

type t = {
  prefixes : Ipaddr.V6.Prefix.t item list;
  routers : Ipaddr.V6.t item list;
}

let max_prefixes = 32
let max_routers = 8
let empty = { prefixes = []; routers = [] }
let without compare items v = List.filter (fun i -> compare i.value v <> 0) items

(* One that is there keeps its place; when there are too many, a new one is
   not taken. *)
let add compare limit items ~until value =
  let is_it i = compare i.value value = 0 in
  if List.exists is_it items then
    List.map (fun i -> if is_it i then { i with until } else i) items
  else if List.length items >= limit then items
  else items @ [ { value; until } ]

let add_prefix t ~until prefix =
  let prefixes = add Ipaddr.V6.Prefix.compare max_prefixes t.prefixes ~until prefix in
  { t with prefixes }

let remove_prefix t p = { t with prefixes = without Ipaddr.V6.Prefix.compare t.prefixes p }

let add_router t ~until router =
  { t with routers = add Ipaddr.V6.compare max_routers t.routers ~until router }

let remove_router t ip = { t with routers = without Ipaddr.V6.compare t.routers ip }
let prefixes t = List.map (fun i -> i.value) t.prefixes
let routers t = List.map (fun i -> i.value) t.routers

let current ~now i = match i.until with None -> true | Some at -> now < at

let expire t ~now =
  {
    prefixes = List.filter (current ~now) t.prefixes;
    routers = List.filter (current ~now) t.routers;
  }

let link_local = Ipaddr.V6.Prefix.link

let on_link t ip =
  Ipaddr.V6.Prefix.mem ip link_local
  || List.exists (fun i -> Ipaddr.V6.Prefix.mem ip i.value) t.prefixes

let next_hop t ~usable ip =
  if on_link t ip then Some ip
  else
    match List.find_opt usable (routers t) with
    | Some router -> Some router
    | None -> ( match t.routers with first :: _ -> Some first.value | [] -> None)
