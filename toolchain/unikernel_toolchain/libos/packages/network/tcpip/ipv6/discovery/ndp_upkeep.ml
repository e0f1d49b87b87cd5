(* [wake_at] is the earliest deadline of all tables, so that the common packet compares
   one number. Every change ends with [conclude], which works that out anew. *)

open Ndp_context
open Ndp_packets

let deadline t =
  Ndp_cache.deadline t.cache
  |> min (Ndp_addresses.deadline t.addresses)
  |> min (Ndp_routes.deadline t.routes)
  |> min (Mld_listener.deadline t.groups)
  |> min t.solicitation.next_at

let solicit_routers t ~now =
  let { next_at; interval; _ } = t.solicitation in
  if now < next_at then (t, [])
  else
    let following = Ndp_timing.next_router_solicitation ~share:(share t ~now) interval in
    let next_at = Int64.add now interval in
    let solicitation = { next_at; interval = following; last_at = now } in
    ({ t with solicitation }, [ solicit_all_routers t ])

(* No oftener than at the beginning, whatever routers come and go. *)
(* The last default router is gone: routers are solicited as at the start. *)
let lost_routers t =
  let interval = Ndp_timing.router_solicitation_interval in
  let next_at = Int64.add t.solicitation.last_at interval in
  if t.solicitation.next_at <= next_at || not t.handle_ra then t
  else { t with solicitation = { t.solicitation with next_at; interval } }

let report_groups t ~now =
  if now < Mld_listener.deadline t.groups then (t, [])
  else
    let groups, reports = Mld_listener.advance t.groups ~now ~random:(below t ~now) in
    let link_local = Ndp_addresses.link_local t.addresses in
    let src = Option.value link_local ~default:Ipaddr.V6.unspecified in
    ({ t with groups }, List.map (listener_report ~src) reports)

let has_router t = Ndp_routes.routers t.routes <> []

let same_link_local a b =
  Option.equal same (Ndp_addresses.link_local a) (Ndp_addresses.link_local b)

let max_invalid = 64

let invalidated t ~before =
  let now = Ndp_addresses.all t.addresses in
  let gone ip = not (List.exists (same ip) now) in
  List.filter gone (Ndp_addresses.all before.addresses)
  @ List.filter gone before.invalid
  |> List.filteri (fun i _ -> i < max_invalid)

let listen t ~before ~now =
  if t.addresses == before.addresses then t
  else
    let t = { t with invalid = invalidated t ~before } in
    let groups = Mld_listener.listen t.groups ~now (Ndp_addresses.groups t.addresses) in
    let known = same_link_local t.addresses before.addresses in
    { t with groups = (if known then groups else Mld_listener.announce groups ~now) }

let conclude t ~before ~now outputs =
  let t = listen t ~before ~now in
  let t, reports = report_groups t ~now in
  let t = if has_router before && not (has_router t) then lost_routers t else t in
  ({ t with wake_at = deadline t }, reports @ outputs)

(* {2 Time} *)

let act t (ip, action) =
  match action with
  | Ndp_neighbour.Multicast_solicit -> solicit t ip
  | Unicast_solicit station -> solicit t ~station ip
  | Nothing | Delete -> []

let forgotten ~now t = function
  | ip, Ndp_neighbour.Delete ->
      let routes = Ndp_routes.failed t.routes ~now ip in
      { t with routes; notifications = Resolved (ip, None) :: t.notifications }
  | _ -> t

(* Time first, then what follows from it; solicitations last, as they may be due because
   of what was just lost. *)
let tick ~now before =
  let nonce = nonce before ~now in
  let addresses, retried = Ndp_addresses.advance before.addresses ~now ~nonce in
  let routes = Ndp_routes.expire before.routes ~now in
  let cache, actions = Ndp_cache.tick before.timing ~now before.cache in
  let t = { before with addresses; routes; cache } in
  let t = List.fold_left (forgotten ~now) t actions in
  let solicitations = List.map detect_duplicate retried @ List.concat_map (act t) actions in
  let t, outputs = conclude t ~before ~now solicitations in
  let t, asked = solicit_routers t ~now in
  let t, outputs = conclude t ~before:t ~now (outputs @ asked) in
  (t, outputs)

let current ~now t = if now < t.wake_at then (t, []) else tick ~now t
