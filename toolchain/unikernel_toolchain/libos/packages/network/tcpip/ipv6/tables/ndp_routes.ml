(* RFC 4861's prefix list and default router list, and RFC 4191's more specific routes,
   as two lists: a default router is a route to ::/0. They are short by their bounds, so
   looking through them costs less than a tree would. *)

module Prefix = Ipaddr.V6.Prefix

type on_link = { prefix : Prefix.t; until : int64; advertised_at : int64 option }

type route = {
  destination : Prefix.t;
  router : Ipaddr.V6.t;
  until : int64;
  advertised_at : int64 option;  (** [None]: configured *)
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
  let on_link = { prefix; until = Ndp_timing.never; advertised_at = None } in
  { t with on_link = t.on_link @ [ on_link ] }

let never_failed = -1L

let configure_router t router =
  let until = Ndp_timing.never in
  let route =
    { destination = default; router; until; advertised_at = None; preference = 0; failed_at = never_failed }
  in
  { t with routes = t.routes @ [ route ] }

(* {2 Advertisements} *)

(* Without the first that satisfies the condition; [None] if there is none. *)
let rec without_one condition = function
  | [] -> None
  | first :: rest when condition first -> Some rest
  | first :: rest -> Option.map (List.cons first) (without_one condition rest)

let is_stale ~now = function
  | None -> false
  | Some advertised_at -> Int64.sub now advertised_at > two_hours

let advertised list advertised_at = List.filter (fun item -> Option.is_some (advertised_at item)) list

let advertise_prefix t ~now ~until prefix =
  let is_it (p : on_link) = same_prefix p.prefix prefix in
  let configured = List.exists (fun p -> is_it p && p.advertised_at = None) t.on_link in
  let others = List.filter (fun p -> not (is_it p)) t.on_link in
  let count = List.length (advertised others (fun (p : on_link) -> p.advertised_at)) in
  let entry = { prefix; until; advertised_at = Some now } in
  if configured then t
  else if until <= now then { t with on_link = others }
  else if count < max_prefixes then { t with on_link = others @ [ entry ] }
  else
    match without_one (fun (p : on_link) -> is_stale ~now p.advertised_at) others with
    | Some rest -> { t with on_link = rest @ [ entry ] }
    | None -> t

(* A route that is known keeps its place, so that of equal ones the same is
   taken. *)
let insert_route routes route =
  let is_it r = same r.router route.router && same_prefix r.destination route.destination in
  let update r =
    if is_it r && r.advertised_at <> None then { route with failed_at = r.failed_at } else r
  in
  if List.exists is_it routes then List.map update routes else routes @ [ route ]

let evict_if_full routes ~now ~answers route =
  let competes r = r.advertised_at <> None && is_default r = is_default route in
  let limit = if is_default route then max_routers else max_routes in
  let known r = same r.router route.router && same_prefix r.destination route.destination in
  if List.exists known routes || List.length (List.filter competes routes) < limit then
    Some routes
  else
    match without_one (fun r -> competes r && not (answers r.router)) routes with
    | Some rest -> Some rest
    | None -> without_one (fun r -> competes r && is_stale ~now r.advertised_at) routes

let advertise_route t ~now ~until ~preference ~answers destination ~router =
  let route =
    { destination; router; until; advertised_at = Some now; preference; failed_at = never_failed }
  in
  let is_it r = same r.router router && same_prefix r.destination destination in
  if until <= now then
    let keeps r = r.advertised_at = None || not (is_it r) in
    { t with routes = List.filter keeps t.routes }
  else
    match evict_if_full t.routes ~now ~answers route with
    | Some routes -> { t with routes = insert_route routes route }
    | None -> t

let remove_router t ip =
  let keeps r = r.advertised_at = None || not (same r.router ip) in
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
