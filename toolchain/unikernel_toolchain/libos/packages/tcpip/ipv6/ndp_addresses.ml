type lifetime = { valid_until : int64 option; preferred_until : int64 option }
type own = { ip : Ipaddr.V6.t; lifetime : lifetime; tentative_until : int64 }
type t = own list  (* newest first *)

let max_addresses = 16
let empty = []
let forever = { valid_until = None; preferred_until = None }
let detection_ns = Duration.of_sec 1
let two_hours = Duration.of_hour 2
let same a b = Ipaddr.V6.compare a b = 0
let find t ip = List.find_opt (fun own -> same own.ip ip) t
let mem t ip = Option.is_some (find t ip)
let remove t ip = List.filter (fun own -> not (same own.ip ip)) t
let all t = List.rev_map (fun own -> own.ip) t

let passed now = function None -> false | Some at -> now >= at

let tentative t ~now ip =
  match find t ip with None -> false | Some own -> now < own.tentative_until

(* Unauthenticated advertisements must not end an address at once. *)
let renewed ~now known told =
  let soonest = Int64.add now two_hours in
  match (known.valid_until, told.valid_until) with
  | None, Some until when until < soonest -> { told with valid_until = Some soonest }
  | Some left, Some until when until < soonest && until < left ->
      { told with valid_until = Some (min left soonest) }
  | _ -> told

let add t ~now lifetime ip =
  match find t ip with
  | Some own ->
      let lifetime = renewed ~now own.lifetime lifetime in
      let update o = if same o.ip ip then { o with lifetime } else o in
      (List.map update t, false)
  | None when List.length t >= max_addresses -> (t, false)
  | None ->
      ({ ip; lifetime; tentative_until = Int64.add now detection_ns } :: t, true)

let expire t ~now = List.filter (fun own -> not (passed now own.lifetime.valid_until)) t

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

let rank ~now ~dst own =
  let deprecated = passed now own.lifetime.preferred_until in
  ( (if same own.ip dst then 0 else 1),
    scope_rank ~dst own.ip,
    Bool.to_int deprecated,
    -common_bits own.ip dst )

let select t ~now dst =
  let better best own = if rank ~now ~dst own <= rank ~now ~dst best then own else best in
  match t with
  | [] -> Ipaddr.V6.unspecified
  | first :: rest -> (List.fold_left better first rest).ip
