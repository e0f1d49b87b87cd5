open Ndp_timing

type t =
  | Incomplete of { asked : int; ask_at : int64 }
  | Reachable of { mac : Macaddr.t; until : int64 }
  | Stale of Macaddr.t
  | Delay of { mac : Macaddr.t; until : int64 }
  | Probe of { mac : Macaddr.t; asked : int; ask_at : int64 }

type action = Nothing | Ask_all | Ask of Macaddr.t | Forget

let mac = function
  | Incomplete _ -> None
  | Reachable { mac; _ } | Stale mac | Delay { mac; _ } | Probe { mac; _ } -> Some mac

let deadline = function
  | Incomplete { ask_at; _ } | Probe { ask_at; _ } -> ask_at
  | Delay { until; _ } -> until
  | Reachable _ | Stale _ -> never

let unknown timing ~now = Incomplete { asked = 1; ask_at = Int64.add now timing.retrans }
let delay ~now mac = Delay { mac; until = Int64.add now delay_first_probe }

let sending ~now = function
  | Stale mac -> delay ~now mac
  | Reachable { mac; until } when now >= until -> delay ~now mac
  | t -> t

let tick timing ~now t =
  let next = Int64.add now timing.retrans in
  match t with
  | Incomplete { asked; ask_at } when now >= ask_at ->
      if asked >= max_multicast_solicits then (t, Forget)
      else (Incomplete { asked = asked + 1; ask_at = next }, Ask_all)
  | Delay { mac; until } when now >= until ->
      (Probe { mac; asked = 1; ask_at = next }, Ask mac)
  | Probe { mac; asked; ask_at } when now >= ask_at ->
      if asked >= max_unicast_solicits then (t, Forget)
      else (Probe { mac; asked = asked + 1; ask_at = next }, Ask mac)
  | Incomplete _ | Reachable _ | Stale _ | Delay _ | Probe _ -> (t, Nothing)

let same = Option.equal (fun a b -> Macaddr.compare a b = 0)

let heard t told =
  match t with
  | Some t when same (mac t) (Some told) -> t
  | _ -> Stale told

let reachable timing ~now mac = Reachable { mac; until = Int64.add now timing.reachable }

let is_asked = function
  | Incomplete _ | Probe _ -> true
  | Reachable _ | Stale _ | Delay _ -> false

(* "Solicited" is for answers (RFC 4861, section 4.4): of who was not asked it
   confirms nothing, and what it claims is looked into like other news. *)
let advertised timing ~now ~solicited ~override t told =
  let solicited = solicited && is_asked t in
  let confirmed mac = if solicited then reachable timing ~now mac else Stale mac in
  match (t, mac t, told) with
  | Incomplete _, _, told -> Option.map confirmed told
  | _, Some known, told when Option.is_none told || same told (Some known) ->
      Some (if solicited then reachable timing ~now known else t)
  | _, _, Some told when override -> Some (confirmed told)
  | Reachable { mac; _ }, _, _ -> Some (Stale mac)
  | _ -> None
