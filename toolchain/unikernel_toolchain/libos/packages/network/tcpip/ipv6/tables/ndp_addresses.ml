(* An address is tentative, then assigned, then deprecated, then invalid (RFC 4862,
   section 5.5.4); a duplicate is tried again later. Optimistic detection (RFC 4429) uses
   it from the first moment:

     Tentative --1 s without objection--> Assigned --lifetimes--> deprecated, invalid
         | objection
         v
     another interface identifier, three times; then Duplicate --a minute--> Tentative  *)

type origin =
  | Configured
  | Link_local
  | Autoconfigured of Ipaddr.V6.Prefix.t * Ipaddr.V6.t

type status =
  | Tentative of { until : int64; nonce : string; optimistic : bool }
  | Assigned
  | Duplicate of { retry_at : int64 }

type lifetime = { valid_until : int64; preferred_until : int64 }

type own = {
  ip : Ipaddr.V6.t;
  origin : origin;
  lifetime : lifetime;
  status : status;
  deprecated : bool;
  conflicts : int;
  advertised_at : int64;
}

type t = own list  (* newest first *)

let max_addresses = 16
let max_conflicts = 3
let empty = []
let forever = { valid_until = Ndp_timing.never; preferred_until = Ndp_timing.never }
let detection_ns = Duration.of_sec 1
let retry_ns = Duration.of_min 1
let two_hours = Duration.of_hour 2
let same a b = Ipaddr.V6.compare a b = 0

let used own =
  match own.status with
  | Assigned | Tentative { optimistic = true; _ } -> true
  | Tentative _ | Duplicate _ -> false

let rec mem t ip =
  match t with [] -> false | own :: rest -> (same own.ip ip && used own) || mem rest ip

let tentative t ip =
  let is_it own =
    same own.ip ip && match own.status with Tentative _ -> true | _ -> false
  in
  List.find_opt is_it t

let all t = List.rev_map (fun own -> own.ip) (List.filter used t)

let link_local t =
  List.find_opt (fun own -> own.origin = Link_local && own.status = Assigned) t
  |> Option.map (fun own -> own.ip)

(* {2 Groups} *)

let solicited_node_prefix =
  String.sub (Ipaddr.V6.to_octets (Ipaddr.V6.of_string_exn "ff02::1:ff00:0")) 0 13

let solicited_node ip =
  let last_24_bits = String.sub (Ipaddr.V6.to_octets ip) 13 3 in
  Ipaddr.V6.of_octets_exn (solicited_node_prefix ^ last_24_bits)

let listens t group = List.exists (fun own -> same group (solicited_node own.ip)) t

let groups t =
  List.sort_uniq Ipaddr.V6.compare (List.map (fun own -> solicited_node own.ip) t)

(* {2 Lifetimes} *)

(* Unauthenticated advertisements must not end an address at once. *)
let renewed ~now known advertised =
  let soonest = Int64.add now two_hours in
  if advertised.valid_until >= soonest || advertised.valid_until >= known.valid_until then advertised
  else { advertised with valid_until = min known.valid_until soonest }

let renew t ~now prefix lifetime =
  let is_for own =
    match own.origin with
    | Autoconfigured (p, _) -> Ipaddr.V6.Prefix.compare p prefix = 0
    | Configured | Link_local -> false
  in
  let update own =
    if not (is_for own) then own
    else
      let lifetime = renewed ~now own.lifetime lifetime in
      let deprecated = now >= lifetime.preferred_until in
      { own with lifetime; deprecated; advertised_at = now }
  in
  if List.exists is_for t then Some (List.map update t) else None

(* {2 A bounded number} *)

let from_router router own =
  match own.origin with
  | Autoconfigured (_, by) -> same by router
  | Configured | Link_local -> false

let of_same_router t own =
  match own.origin with
  | Autoconfigured (_, router) -> List.length (List.filter (from_router router) t)
  | Configured | Link_local -> 0

let max_siblings = 4

(* A router without measure takes nothing from others. *)
(* Of a router that advertises beyond measure, or long not advertised any more. *)
let eviction_candidate t ~now candidates =
  let more best own = if of_same_router t own > of_same_router t best then own else best in
  let most = List.fold_left more (List.hd candidates) candidates in
  if of_same_router t most > max_siblings then Some most
  else List.find_opt (fun own -> Int64.sub now own.advertised_at > two_hours) candidates

let evict_if_full t ~now =
  let advertised = List.rev (List.filter (fun own -> of_same_router t own > 0) t) in
  if List.length advertised < max_addresses then Some t
  else
    Option.map
      (fun out -> List.filter (fun own -> own != out) t)
      (eviction_candidate t ~now advertised)

let new_tentative ~now ~nonce ~optimistic =
  Tentative { until = Int64.add now detection_ns; nonce; optimistic }

let add t ~now ~nonce origin lifetime ip =
  let own =
    {
      ip;
      origin;
      lifetime;
      status = new_tentative ~now ~nonce ~optimistic:true;
      deprecated = now >= lifetime.preferred_until;
      conflicts = 0;
      advertised_at = now;
    }
  in
  if List.exists (fun own -> same own.ip ip) t then t
  else
    match origin with
    | Configured | Link_local -> own :: t
    | Autoconfigured _ ->
        Option.fold (evict_if_full t ~now) ~none:t ~some:(fun t -> own :: t)

(* {2 Duplicates} *)

let with_interface_id prefix id =
  let network = Ipaddr.V6.to_octets (Ipaddr.V6.Prefix.network prefix) in
  Ipaddr.V6.of_octets_exn (String.sub network 0 8 ^ id)

let prefix_of own =
  match own.origin with
  | Configured -> None
  | Link_local -> Some Ipaddr.V6.Prefix.link
  | Autoconfigured (prefix, _) -> Some prefix

let replace t own instead = List.map (fun o -> if o == own then instead else o) t

let duplicate_found t ~now ~nonce ~interface_id own =
  let conflicts = own.conflicts + 1 in
  match prefix_of own with
  | Some prefix when conflicts <= max_conflicts ->
      let ip = with_interface_id prefix interface_id in
      let status = new_tentative ~now ~nonce ~optimistic:false in
      let instead = { own with ip; conflicts; status } in
      (replace t own instead, Some instead)
  | _ ->
      let status = Duplicate { retry_at = Int64.add now retry_ns } in
      (replace t own { own with conflicts = 0; status }, None)

(* {2 Time} *)

let own_deadline own =
  let lifetime =
    if own.deprecated then own.lifetime.valid_until
    else min own.lifetime.valid_until own.lifetime.preferred_until
  in
  match own.status with
  | Tentative { until; _ } -> min until lifetime
  | Duplicate { retry_at } -> min retry_at lifetime
  | Assigned -> lifetime

let deadline t = List.fold_left (fun at own -> min at (own_deadline own)) Ndp_timing.never t

(* Physically the same when nothing changed: who compares sees that. *)
let advance_one ~now ~nonce own =
  let deprecated = now >= own.lifetime.preferred_until in
  let status =
    match own.status with
    | Tentative { until; _ } when now >= until -> Assigned
    | Duplicate { retry_at } when now >= retry_at -> new_tentative ~now ~nonce ~optimistic:false
    | status -> status
  in
  if deprecated = own.deprecated && status == own.status then own
  else { own with deprecated; status }

let advance t ~now ~nonce =
  let valid = List.filter (fun own -> now < own.lifetime.valid_until) t in
  let advanced = List.map (advance_one ~now ~nonce) valid in
  let retried before own =
    match (before.status, own.status) with
    | Duplicate _, Tentative _ -> Some own
    | _ -> None
  in
  (advanced, List.filter_map Fun.id (List.map2 retried valid advanced))

(* {2 Source selection} *)

let scope ip =
  match Ipaddr.V6.scope ip with
  | Point | Interface -> 1
  | Link -> 2
  | Admin -> 4
  | Site -> 5
  | Organization -> 8
  | Global -> 14

(* Smaller is better; a scope too small for the destination is the worst. *)
let scope_rank ~dst ip =
  let wanted = scope dst and own = scope ip in
  if own >= wanted then own - wanted else 16 + wanted - own

(* Of the first 64: the rest is the interface's own. *)
let common_bits a b =
  let a = Ipaddr.V6.to_octets a and b = Ipaddr.V6.to_octets b in
  let differ i = (Char.code a.[i / 8] lxor Char.code b.[i / 8]) land (0x80 lsr (i mod 8)) in
  let rec leading i = if i = 64 || differ i <> 0 then i else leading (i + 1) in
  leading 0

let rank ~dst own =
  ( (if same own.ip dst then 0 else 1),
    scope_rank ~dst own.ip,
    Bool.to_int own.deprecated,
    -common_bits own.ip dst )

let select t dst =
  let better best own = if rank ~dst own <= rank ~dst best then own else best in
  match List.filter used t with
  | [] -> Ipaddr.V6.unspecified
  | first :: rest -> (List.fold_left better first rest).ip
