(* RFC 4861's prefix list and default router list, and RFC 4191's more specific routes,
   as two lists: a default router is a route to ::/0. They are short by their bounds, so
   looking through them costs less than a tree would. *)

module Prefix = Ipaddr.V6.Prefix

type on_link = { prefix : Prefix.t; until : int64; heard_at : int64 option }

type route = {
  destination : Prefix.t;
  router : Ipaddr.V6.t;
  until : int64;
  heard_at : int64 option;  (** [None]: configured *)
  preference : int;
  failed_at : int64;
}

type t = { on_link : on_link list; routes : route list; assume_on_link : bool }

let max_prefixes = 32
let max_routers = 8
let max_routes = 32
let two_hours = Duration.of_hour 2
let empty = { on_link = []; routes = []; assume_on_link = false }
let assume_on_link t = { t with assume_on_link = true }
let default = Prefix.of_string_exn "::/0"
let same a b = Ipaddr.V6.compare a b = 0
let same_prefix a b = Prefix.compare a b = 0
let is_default route = Prefix.bits route.destination = 0
let prefixes t = List.map (fun (p : on_link) -> p.prefix) t.on_link
let routers t = List.filter is_default t.routes |> List.map (fun r -> r.router)
let is_router t ip = List.exists (fun r -> same r.router ip) t.routes

(* {2 Configuration} *)

let configure_prefix t prefix =
  let on_link = { prefix; until = Ndp_timing.never; heard_at = None } in
  { t with on_link = t.on_link @ [ on_link ] }

let never_failed = -1L

let configure_router t router =
  let until = Ndp_timing.never in
  let route =
    { destination = default; router; until; heard_at = None; preference = 0; failed_at = never_failed }
  in
  { t with routes = t.routes @ [ route ] }

(* {2 Advertisements} *)

(* Without the first that satisfies the condition; [None] if there is none. *)
let rec without_one condition = function
  | [] -> None
  | first :: rest when condition first -> Some rest
  | first :: rest -> Option.map (List.cons first) (without_one condition rest)

let old ~now = function
  | None -> false
  | Some heard_at -> Int64.sub now heard_at > two_hours

let advertised list heard_at = List.filter (fun item -> Option.is_some (heard_at item)) list

let advertise_prefix t ~now ~until prefix =
  let is_it (p : on_link) = same_prefix p.prefix prefix in
  let configured = List.exists (fun p -> is_it p && p.heard_at = None) t.on_link in
  let others = List.filter (fun p -> not (is_it p)) t.on_link in
  let count = List.length (advertised others (fun (p : on_link) -> p.heard_at)) in
  let told = { prefix; until; heard_at = Some now } in
  if configured then t
  else if until <= now then { t with on_link = others }
  else if count < max_prefixes then { t with on_link = others @ [ told ] }
  else
    match without_one (fun (p : on_link) -> old ~now p.heard_at) others with
    | Some rest -> { t with on_link = rest @ [ told ] }
    | None -> t

(* A route that is known keeps its place, so that of equal ones the same is
   taken. *)
let place routes told =
  let is_it r = same r.router told.router && same_prefix r.destination told.destination in
  let update r =
    if is_it r && r.heard_at <> None then { told with failed_at = r.failed_at } else r
  in
  if List.exists is_it routes then List.map update routes else routes @ [ told ]

let make_room routes ~now ~answers told =
  let rival r = r.heard_at <> None && is_default r = is_default told in
  let limit = if is_default told then max_routers else max_routes in
  let known r = same r.router told.router && same_prefix r.destination told.destination in
  if List.exists known routes || List.length (List.filter rival routes) < limit then
    Some routes
  else
    match without_one (fun r -> rival r && not (answers r.router)) routes with
    | Some rest -> Some rest
    | None -> without_one (fun r -> rival r && old ~now r.heard_at) routes

let advertise_route t ~now ~until ~preference ~answers destination ~router =
  let told =
    { destination; router; until; heard_at = Some now; preference; failed_at = never_failed }
  in
  let is_it r = same r.router router && same_prefix r.destination destination in
  if until <= now then
    let keeps r = r.heard_at = None || not (is_it r) in
    { t with routes = List.filter keeps t.routes }
  else
    match make_room t.routes ~now ~answers told with
    | Some routes -> { t with routes = place routes told }
    | None -> t

let remove_router t ip =
  let keeps r = r.heard_at = None || not (same r.router ip) in
  { t with routes = List.filter keeps t.routes }

let failed t ~now ip =
  let update r = if same r.router ip then { r with failed_at = now } else r in
  if is_router t ip then { t with routes = List.map update t.routes } else t

(* {2 Time} *)

let deadline t =
  let at = List.fold_left (fun at (p : on_link) -> min at p.until) Ndp_timing.never t.on_link in
  List.fold_left (fun at (r : route) -> min at r.until) at t.routes

let expire t ~now =
  {
    t with
    on_link = List.filter (fun (p : on_link) -> now < p.until) t.on_link;
    routes = List.filter (fun (r : route) -> now < r.until) t.routes;
  }

(* {2 Where to} *)

let rec among ip = function
  | [] -> false
  | (p : on_link) :: rest -> Prefix.mem ip p.prefix || among ip rest

let on_link t ip =
  Prefix.mem ip Prefix.link
  || among ip t.on_link
  || (t.assume_on_link && not (List.exists is_default t.routes))

(* RFC 4191, section 3.2: reachability before the longest match, then preference. *)
let better ~usable a b =
  let rank r =
    ( usable r.router,
      Prefix.bits r.destination,
      r.preference,
      Int64.neg r.failed_at )
  in
  if compare (rank b) (rank a) > 0 then b else a

let next_hop t ~usable ip =
  if on_link t ip then Some ip
  else
    match t.routes with
    | [ { router; destination; _ } ] when Prefix.mem ip destination -> Some router
    | routes -> (
        match List.filter (fun r -> Prefix.mem ip r.destination) routes with
        | [] -> None
        | first :: rest -> Some (List.fold_left (better ~usable) first rest).router)
