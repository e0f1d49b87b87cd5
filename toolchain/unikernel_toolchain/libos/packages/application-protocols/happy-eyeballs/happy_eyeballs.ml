type config = {
  resolution_delay_ns : int64;
  attempt_delay_ns : int64;
  attempt_timeout_ns : int64;
  timeout_ns : int64;
}

let ms n = Int64.mul (Int64.of_int n) 1_000_000L

let config ?(resolution_delay_ns = ms 50) ?(attempt_delay_ns = ms 250)
    ?(attempt_timeout_ns = ms 10_000) ?(timeout_ns = ms 30_000) () =
  let attempt_delay_ns = Int64.max (ms 10) (Int64.min (ms 2_000) attempt_delay_ns) in
  { resolution_delay_ns; attempt_delay_ns; attempt_timeout_ns; timeout_ns }

let default = config ()
let max_targets = 8
let max_open = 6

type family = V4 | V6
type target = Ipaddr.t * int
type attempt = int

type action =
  | Resolve of family
  | Connect of attempt * target
  | Close of attempt
  | Won of attempt * target
  | Lost of string

type event =
  | Resolved of family * (Ipaddr.t list, string) result
  | Connected of attempt
  | Failed of attempt * string
  | Tick
  | Cancel

type under_way = { id : attempt; target : target; until : int64 }

(* Of one family. *)
type side = {
  is_asked : bool;  (** the answer is not there yet *)
  queue : target list;  (** not tried yet *)
}

type t = {
  config : config;
  ports : int list;
  until : int64;
  v4 : side;
  v6 : side;
  v4_may_begin_at : int64;  (** without an answer for IPv6 *)
  under_way : under_way list;  (** the oldest first *)
  next_id : attempt;
  next_at : int64;
  last : family option;  (** of the latest attempt *)
  reasons : string list;  (** why not, the latest first *)
  is_over : bool;
}

let attempts t = List.length t.under_way
let side t = function V4 -> t.v4 | V6 -> t.v6
let with_side t family side = match family with V4 -> { t with v4 = side } | V6 -> { t with v6 = side }
let never = Int64.max_int
let after now ns = Int64.add now ns

(* {1 Targets} *)

let family_of : Ipaddr.t -> family = function V4 _ -> V4 | V6 _ -> V6

(* What comes before what in RFC 6724's default policy table (section 2.1), of
   the prefixes whose addresses are worth less than native ones. *)
let lesser =
  List.map Ipaddr.V6.Prefix.of_string_exn [ "2002::/16"; "2001::/32"; "fc00::/7"; "fec0::/10" ]

let worth : Ipaddr.t -> int = function
  | V4 _ -> 0
  | V6 ip ->
      let rec place i = function
        | [] -> 0
        | prefix :: _ when Ipaddr.V6.Prefix.mem ip prefix -> i
        | _ :: rest -> place (i + 1) rest
      in
      place 1 lesser

let by_worth (a, _) (b, _) = Int.compare (worth a) (worth b)
let add_once list target = if List.mem target list then list else target :: list
let once targets = List.rev (List.fold_left add_once [] targets)
let first_of targets = List.filteri (fun i _ -> i < max_targets) targets

let queue_of family targets =
  List.filter (fun (ip, _) -> family_of ip = family) targets
  |> List.stable_sort by_worth |> once |> first_of

let with_ports t ips = List.concat_map (fun ip -> List.map (fun port -> (ip, port)) t.ports) ips

(* {1 The end} *)

let close_all t = List.map (fun { id; _ } -> Close id) t.under_way

let over t =
  let none = { is_asked = false; queue = [] } in
  { t with is_over = true; under_way = []; v4 = none; v6 = none }

let lose t why = (over t, close_all t @ [ Lost why ])

let sentence t =
  match List.rev t.reasons with [] -> "it has no address" | why -> String.concat "; " why

(* Both families may fail for one reason: it is said once. *)
let because t why = if List.mem why t.reasons then t else { t with reasons = why :: t.reasons }

(* {1 Going on} *)

(* The other family's turn, if it has anything (RFC 8305, section 4). *)
let next_target t =
  let order = match t.last with Some V6 -> [ V4; V6 ] | Some V4 | None -> [ V6; V4 ] in
  let first family =
    match (side t family).queue with [] -> None | target :: _ -> Some (family, target)
  in
  List.find_map first order

(* Once an attempt is made, no family waits for the other. *)
let may_begin t ~now =
  t.last <> None || t.v6.queue <> [] || (not t.v6.is_asked) || now >= t.v4_may_begin_at

let connect t ~now family target =
  let side = side t family in
  let t = with_side t family { side with queue = List.tl side.queue } in
  let until = after now t.config.attempt_timeout_ns and id = t.next_id in
  let under_way = t.under_way @ [ { id; target; until } ] in
  let next_at = after now t.config.attempt_delay_ns in
  ({ t with under_way; next_id = id + 1; next_at; last = Some family }, Connect (id, target))

let name (ip, port) = Printf.sprintf "%s, port %d" (Ipaddr.to_string ip) port
let failed t { target; _ } why = because t (name target ^ ": " ^ why)

let expire t ~now =
  let is_late (a : under_way) = now >= a.until in
  let late, under_way = List.partition is_late t.under_way in
  let t = List.fold_left (fun t a -> failed t a "no answer") { t with under_way } late in
  let next_at = if late = [] then t.next_at else now in
  ({ t with next_at }, List.map (fun a -> Close a.id) late)

let is_done t =
  t.under_way = [] && next_target t = None && not (t.v4.is_asked || t.v6.is_asked)

let rec begin_attempts t ~now actions =
  let is_time = now >= t.next_at || t.under_way = [] in
  match next_target t with
  | Some (family, target) when is_time && attempts t < max_open && may_begin t ~now ->
      let t, action = connect t ~now family target in
      begin_attempts t ~now (action :: actions)
  | Some _ | None -> (t, List.rev actions)

let proceed t ~now =
  if t.is_over then (t, [])
  else if now >= t.until then
    let t = List.fold_left (fun t a -> failed t a "no answer") t t.under_way in
    lose t (if t.reasons = [] then "its addresses are not known in time" else sentence t)
  else
    let t, closed = expire t ~now in
    let t, begun = begin_attempts t ~now [] in
    if is_done t then
      let t, lost = lose t (sentence t) in
      (t, closed @ lost)
    else (t, closed @ begun)

(* {1 Events} *)

let find t id = List.find_opt (fun a -> a.id = id) t.under_way
let without t id = { t with under_way = List.filter (fun a -> a.id <> id) t.under_way }

let resolved t ~now family answer =
  let side = side t family in
  if not side.is_asked then t
  else
    let answered = with_side t family in
    match answer with
    | Ok ips ->
        let t = answered { is_asked = false; queue = queue_of family (with_ports t ips) } in
        if family = V4 then
          { t with v4_may_begin_at = after now t.config.resolution_delay_ns }
        else t
    | Error why -> because (answered { is_asked = false; queue = [] }) why

let connected t id =
  match find t id with
  | None -> (t, [ Close id ])
  | Some { target; _ } ->
      let others = without t id in
      (over t, close_all others @ [ Won (id, target) ])

let handle t ~now event =
  match event with
  | Tick -> proceed t ~now
  | Cancel when t.is_over -> (t, [])
  | Cancel -> (over t, close_all t)
  | Connected id -> connected t id
  | Resolved (family, answer) -> proceed (resolved t ~now family answer) ~now
  | Failed (id, why) -> (
      match find t id with
      | None -> (t, [])
      | Some attempt -> proceed { (failed (without t id) attempt why) with next_at = now } ~now)

let deadline t =
  if t.is_over then None
  else
    let ends = List.map (fun (a : under_way) -> a.until) t.under_way in
    let next =
      if next_target t = None || attempts t >= max_open then never
      else if t.last = None then t.v4_may_begin_at
      else t.next_at
    in
    Some (List.fold_left Int64.min (Int64.min t.until next) ends)

(* {1 The beginning} *)

let start config ~now ports v4 v6 =
  {
    config;
    ports;
    until = after now config.timeout_ns;
    v4;
    v6;
    v4_may_begin_at = never;
    under_way = [];
    next_id = 0;
    next_at = now;
    last = None;
    reasons = [];
    is_over = false;
  }

let by_name config ~now ports =
  let asked = { is_asked = true; queue = [] } in
  (start config ~now ports asked asked, [ Resolve V6; Resolve V4 ])

let to_targets config ~now targets =
  let side family = { is_asked = false; queue = queue_of family targets } in
  proceed (start config ~now [] (side V4) (side V6)) ~now
