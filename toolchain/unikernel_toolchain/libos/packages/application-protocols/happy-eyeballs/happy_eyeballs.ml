(* RFC 8305 as a value: what happened goes in by [handle], what is to be done comes out.
   Both families are asked for at once. IPv6 begins; IPv4 may begin before its answer
   once it has been known for the resolution delay (section 3). Attempts alternate
   between the families, a new one each attempt delay or when one has failed (section 5);
   the first to connect wins, and the others are closed. *)

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

type in_progress = { id : attempt; target : target; until : int64 }

(* Of one family. *)
type family_state = {
  is_resolving : bool;  (** the answer is not there yet *)
  queue : target list;  (** not tried yet *)
}

type t = {
  config : config;
  ports : int list;
  until : int64;
  v4 : family_state;
  v6 : family_state;
  v4_may_begin_at : int64;  (** without an answer for IPv6 *)
  in_progress : in_progress list;  (** the oldest first *)
  next_id : attempt;
  next_at : int64;
  last : family option;  (** of the latest attempt *)
  reasons : string list;  (** why not, the latest first *)
  is_finished : bool;
}

let attempts t = List.length t.in_progress
let family_state t = function V4 -> t.v4 | V6 -> t.v6
let with_family t family family_state = match family with V4 -> { t with v4 = family_state } | V6 -> { t with v6 = family_state }
let never = Int64.max_int
let after now ns = Int64.add now ns

(* {1 Targets} *)

let family_of : Ipaddr.t -> family = function V4 _ -> V4 | V6 _ -> V6

(* What comes before what in RFC 6724's default policy table (section 2.1), of
   the prefixes whose addresses are worth less than native ones. *)
let lower_precedence =
  List.map Ipaddr.V6.Prefix.of_string_exn [ "2002::/16"; "2001::/32"; "fc00::/7"; "fec0::/10" ]

let precedence : Ipaddr.t -> int = function
  | V4 _ -> 0
  | V6 ip ->
      let rec rank i = function
        | [] -> 0
        | prefix :: _ when Ipaddr.V6.Prefix.mem ip prefix -> i
        | _ :: rest -> rank (i + 1) rest
      in
      rank 1 lower_precedence

let by_precedence (a, _) (b, _) = Int.compare (precedence a) (precedence b)
let add_once list target = if List.mem target list then list else target :: list
let once targets = List.rev (List.fold_left add_once [] targets)
let first_of targets = List.filteri (fun i _ -> i < max_targets) targets

let queue_of family targets =
  List.filter (fun (ip, _) -> family_of ip = family) targets
  |> List.stable_sort by_precedence |> once |> first_of

let with_ports t ips = List.concat_map (fun ip -> List.map (fun port -> (ip, port)) t.ports) ips

(* {1 The end} *)

let close_all t = List.map (fun { id; _ } -> Close id) t.in_progress

let finished t =
  let none = { is_resolving = false; queue = [] } in
  { t with is_finished = true; in_progress = []; v4 = none; v6 = none }

let fail t why = (finished t, close_all t @ [ Lost why ])

let reasons_text t =
  match List.rev t.reasons with [] -> "it has no address" | why -> String.concat "; " why

(* Both families may fail for one reason: it is said once. *)
let add_reason t why = if List.mem why t.reasons then t else { t with reasons = why :: t.reasons }

(* {1 Going on} *)

(* The other family's turn, if it has anything (RFC 8305, section 4). *)
let next_target t =
  let order = match t.last with Some V6 -> [ V4; V6 ] | Some V4 | None -> [ V6; V4 ] in
  let first family =
    match (family_state t family).queue with [] -> None | target :: _ -> Some (family, target)
  in
  List.find_map first order

(* Once an attempt is made, no family waits for the other. *)
let may_begin t ~now =
  t.last <> None || t.v6.queue <> [] || (not t.v6.is_resolving) || now >= t.v4_may_begin_at

let connect t ~now family target =
  let family_state = family_state t family in
  let t = with_family t family { family_state with queue = List.tl family_state.queue } in
  let until = after now t.config.attempt_timeout_ns and id = t.next_id in
  let in_progress = t.in_progress @ [ { id; target; until } ] in
  let next_at = after now t.config.attempt_delay_ns in
  ({ t with in_progress; next_id = id + 1; next_at; last = Some family }, Connect (id, target))

let name (ip, port) = Printf.sprintf "%s, port %d" (Ipaddr.to_string ip) port
let failed t { target; _ } why = add_reason t (name target ^ ": " ^ why)

let expire t ~now =
  let is_late (a : in_progress) = now >= a.until in
  let late, in_progress = List.partition is_late t.in_progress in
  let t = List.fold_left (fun t a -> failed t a "no answer") { t with in_progress } late in
  let next_at = if late = [] then t.next_at else now in
  ({ t with next_at }, List.map (fun a -> Close a.id) late)

(* No attempt, no target and no answer that might still bring one. *)
let is_done t =
  t.in_progress = [] && next_target t = None && not (t.v4.is_resolving || t.v6.is_resolving)

let rec begin_attempts t ~now actions =
  let is_time = now >= t.next_at || t.in_progress = [] in
  match next_target t with
  | Some (family, target) when is_time && attempts t < max_open && may_begin t ~now ->
      let t, action = connect t ~now family target in
      begin_attempts t ~now (action :: actions)
  | Some _ | None -> (t, List.rev actions)

let proceed t ~now =
  if t.is_finished then (t, [])
  else if now >= t.until then
    let t = List.fold_left (fun t a -> failed t a "no answer") t t.in_progress in
    fail t (if t.reasons = [] then "its addresses are not known in time" else reasons_text t)
  else
    let t, closed = expire t ~now in
    let t, begun = begin_attempts t ~now [] in
    if is_done t then
      let t, lost = fail t (reasons_text t) in
      (t, closed @ lost)
    else (t, closed @ begun)

(* {1 Events} *)

let find t id = List.find_opt (fun a -> a.id = id) t.in_progress
let without t id = { t with in_progress = List.filter (fun a -> a.id <> id) t.in_progress }

let resolved t ~now family answer =
  let family_state = family_state t family in
  if not family_state.is_resolving then t
  else
    let answered = with_family t family in
    match answer with
    | Ok ips ->
        let t = answered { is_resolving = false; queue = queue_of family (with_ports t ips) } in
        if family = V4 then
          { t with v4_may_begin_at = after now t.config.resolution_delay_ns }
        else t
    | Error why -> add_reason (answered { is_resolving = false; queue = [] }) why

(* One that connects after the end is closed like the losers. *)
let connected t id =
  match find t id with
  | None -> (t, [ Close id ])
  | Some { target; _ } ->
      let others = without t id in
      (finished t, close_all others @ [ Won (id, target) ])

let handle t ~now event =
  match event with
  | Tick -> proceed t ~now
  | Cancel when t.is_finished -> (t, [])
  | Cancel -> (finished t, close_all t)
  | Connected id -> connected t id
  | Resolved (family, answer) -> proceed (resolved t ~now family answer) ~now
  | Failed (id, why) -> (
      match find t id with
      | None -> (t, [])
      | Some attempt -> proceed { (failed (without t id) attempt why) with next_at = now } ~now)

let deadline t =
  if t.is_finished then None
  else
    let ends = List.map (fun (a : in_progress) -> a.until) t.in_progress in
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
    in_progress = [];
    next_id = 0;
    next_at = now;
    last = None;
    reasons = [];
    is_finished = false;
  }

let by_name config ~now ports =
  let asked = { is_resolving = true; queue = [] } in
  (start config ~now ports asked asked, [ Resolve V6; Resolve V4 ])

let to_targets config ~now targets =
  let family_state family = { is_resolving = false; queue = queue_of family targets } in
  proceed (start config ~now [] (family_state V4) (family_state V6)) ~now
