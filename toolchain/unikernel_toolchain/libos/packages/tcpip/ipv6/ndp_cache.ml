module Table = Map.Make (Ipaddr.V6)

type entry = { neighbour : Ndp_neighbour.t; waiting : Cstruct.t list; touched : int }
type t = { entries : entry Table.t; touches : int }

let max_neighbours = 512
let max_queued = 4
let empty = { entries = Table.empty; touches = 0 }
let size t = Table.cardinal t.entries

let find t ip =
  Option.map (fun entry -> entry.neighbour) (Table.find_opt ip t.entries)

let oldest entries =
  let older ip entry best =
    match best with
    | Some (_, touched) when touched <= entry.touched -> best
    | _ -> Some (ip, entry.touched)
  in
  Table.fold older entries None

let make_room t =
  if size t < max_neighbours then t
  else
    match oldest t.entries with
    | Some (ip, _) -> { t with entries = Table.remove ip t.entries }
    | None -> t

let put t ip entry =
  let t = if Table.mem ip t.entries then t else make_room t in
  let entry = { entry with touched = t.touches } in
  { entries = Table.add ip entry t.entries; touches = t.touches + 1 }

let waiting t ip =
  Option.fold (Table.find_opt ip t.entries) ~none:[] ~some:(fun entry -> entry.waiting)

let set t ip neighbour =
  let waiting = waiting t ip in
  match Ndp_neighbour.mac neighbour with
  | None -> (put t ip { neighbour; waiting; touched = 0 }, [])
  | Some _ -> (put t ip { neighbour; waiting = []; touched = 0 }, List.rev waiting)

let queue t ip packet =
  match Table.find_opt ip t.entries with
  | None -> t
  | Some entry ->
      let newest = packet :: entry.waiting in
      put t ip { entry with waiting = List.filteri (fun i _ -> i < max_queued) newest }

let tick_entry timing ~now ip entry (t, actions) =
  match Ndp_neighbour.tick timing ~now entry.neighbour with
  | _, Ndp_neighbour.Forget -> ({ t with entries = Table.remove ip t.entries }, actions)
  | neighbour, Nothing when neighbour == entry.neighbour -> (t, actions)
  | neighbour, action ->
      let entries = Table.add ip { entry with neighbour } t.entries in
      ({ t with entries }, (ip, action) :: actions)

let tick timing ~now t = Table.fold (tick_entry timing ~now) t.entries (t, [])
