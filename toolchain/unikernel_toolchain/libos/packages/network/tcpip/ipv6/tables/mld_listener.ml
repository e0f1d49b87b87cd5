(* Per group: how often a change is still to be reported, and which answer is pending
   (RFC 3810, sections 6.1 to 6.3). Groups that were left stay until their reports are
   out. All of it is deadlines; [advance] does what is due and says what to send. *)

type answer = {
  answer_at : int64;
  sources : Ipaddr.V6.t list;  (** empty: of the whole group *)
}

type group = {
  ip : Ipaddr.V6.t;
  changes_left : int;  (** reports of a change still to send *)
  change_at : int64;
  answer : answer option;
  answered_at : int64;
}

type t = {
  joined : group list;
  left : group list;  (** [changes_left] is not 0 *)
  answer_all_at : int64;
  answered_all_at : int64;
  version_1_until : int64;
  robustness : int;
  interval_s : int;
}

let default_robustness = 2
let default_interval_s = 125
let max_interval_s = 600
let report_interval = Duration.of_sec 1
let least_interval = Duration.of_ms 200
let max_left = 32
let max_sources = 64
let max_records = 32
let never = Ndp_timing.never

let empty =
  {
    joined = [];
    left = [];
    answer_all_at = never;
    answered_all_at = -1_000_000_000L;
    version_1_until = 0L;
    robustness = default_robustness;
    interval_s = default_interval_s;
  }

let same a b = Ipaddr.V6.compare a b = 0
let find groups ip = List.find_opt (fun g -> same g.ip ip) groups
let mem groups ip = List.exists (same ip) groups
let groups t = List.map (fun g -> g.ip) t.joined
let rec first n = function x :: rest when n > 0 -> x :: first (n - 1) rest | _ -> []

(* {2 Joining and leaving} *)

let changed t ~now ip =
  {
    ip;
    changes_left = t.robustness;
    change_at = now;
    answer = None;
    answered_at = -1_000_000_000L;
  }

let listen t ~now wanted =
  let stay, leave = List.partition (fun g -> mem wanted g.ip) t.joined in
  let fresh = List.filter (fun ip -> find t.joined ip = None) wanted in
  let returned g = mem wanted g.ip in
  let left =
    List.map (fun g -> changed t ~now g.ip) leave
    @ List.filter (fun g -> not (returned g)) t.left
  in
  { t with joined = stay @ List.map (changed t ~now) fresh; left = first max_left left }

let announce t ~now =
  { t with joined = List.map (fun g -> { g with changes_left = t.robustness; change_at = now }) t.joined }

(* {2 Queries} *)

(* Only those of whole groups and of single sources add up: an answer about
   everything is an answer to both (section 6.2). *)
let merged pending at sources =
  match pending with
  | None -> { answer_at = at; sources }
  | Some { answer_at; sources = before } ->
      let both = sources @ before in
      let whole = sources = [] || before = [] || List.length both > max_sources in
      { answer_at = min at answer_at; sources = (if whole then [] else both) }

(* No two answers of one kind within 200 ms, whoever asks and however often. *)
let not_before last at = max at (Int64.add last least_interval)

let ask_group at sources g =
  { g with answer = Some (merged g.answer (not_before g.answered_at at) sources) }

let ask_one t ip at sources =
  let update g = if same g.ip ip then ask_group at sources g else g in
  if t.answer_all_at <= at then t else { t with joined = List.map update t.joined }

let set_parameters t ~now (q : Mld_packet.query) =
  let interval_s = if q.interval_s = 0 then t.interval_s else min q.interval_s max_interval_s in
  match q.version with
  | Version_2 { robustness; _ } ->
      let robustness = if robustness = 0 then t.robustness else robustness in
      { t with interval_s; robustness }
  | Version_1 ->
      let interval = Duration.of_sec (t.robustness * t.interval_s) in
      { t with version_1_until = Int64.add now (Int64.add interval q.within_ns) }

(* The Older Version Querier Present timer (section 9.12). *)
let is_version_1 t ~now = now < t.version_1_until

(* Version 1 answers for each group at a time of its own. What was to be said in
   version 2 is not said any more (section 8.2.1). *)
let ask_each t ~now ~random within_ns =
  let ask g = ask_group (Int64.add now (random within_ns)) [] g in
  { t with joined = List.map ask t.joined; answer_all_at = never }

let query t ~now ~random (q : Mld_packet.query) =
  let t = set_parameters t ~now q in
  let at = Int64.add now (random q.within_ns) in
  match (q.group, q.version) with
  | None, _ when is_version_1 t ~now -> ask_each t ~now ~random q.within_ns
  | None, _ ->
      let at = not_before t.answered_all_at at in
      { t with answer_all_at = min t.answer_all_at at }
  | Some ip, Version_2 { sources; _ } -> ask_one t ip at sources
  | Some ip, Version_1 -> ask_one t ip at []

let reported t ip =
  let update g = if same g.ip ip then { g with answer = None } else g in
  { t with joined = List.map update t.joined }

(* {2 Time} *)

let group_deadline at g =
  let at = if g.changes_left > 0 then min at g.change_at else at in
  match g.answer with Some { answer_at; _ } -> min at answer_at | None -> at

let deadline t =
  let at = List.fold_left group_deadline t.answer_all_at t.joined in
  List.fold_left group_deadline at t.left

let change_due ~now g = g.changes_left > 0 && g.change_at <= now

let after_change ~now ~random g =
  if not (change_due ~now g) then g
  else
    let change_at = Int64.add now (Int64.succ (random report_interval)) in
    { g with changes_left = g.changes_left - 1; change_at }

let answer_due ~now g =
  match g.answer with
  | Some { answer_at; sources } when answer_at <= now -> Some (g.ip, sources)
  | _ -> None

let after_answer ~now g =
  if answer_due ~now g = None then g else { g with answer = None; answered_at = now }

let changes t ~now =
  let of_groups groups change =
    List.filter (change_due ~now) groups |> List.map (fun g -> (g.ip, change))
  in
  of_groups t.joined Mld_packet.To_exclude @ of_groups t.left Mld_packet.To_include

let answers t ~now =
  if t.answer_all_at <= now then List.map (fun g -> (g.ip, Mld_packet.Is_exclude)) t.joined
  else
    let record (ip, sources) =
      (ip, if sources = [] then Mld_packet.Is_exclude else Is_include sources)
    in
    List.filter_map (answer_due ~now) t.joined |> List.map record

let rec in_reports records =
  match records with
  | [] -> []
  | records ->
      let rest = List.filteri (fun i _ -> i >= max_records) records in
      Mld_packet.Report_2 (first max_records records) :: in_reports rest

(* Of changes, too: version 1 knows one report for both. *)
let in_version_1 records =
  let message (ip, change) =
    match change with Mld_packet.To_include -> Mld_packet.Done ip | _ -> Report_1 ip
  in
  List.map message records

let advance t ~now ~random =
  let changes = changes t ~now and answers = answers t ~now in
  let all = t.answer_all_at <= now in
  let after_changes = List.map (after_change ~now ~random) in
  let answered g = if all then { g with answer = None } else after_answer ~now g in
  let after =
    {
      t with
      joined = List.map answered (after_changes t.joined);
      left = List.filter (fun g -> g.changes_left > 0) (after_changes t.left);
      answer_all_at = (if all then never else t.answer_all_at);
      answered_all_at = (if all then now else t.answered_all_at);
    }
  in
  if is_version_1 t ~now then (after, in_version_1 (changes @ answers))
  else (after, in_reports changes @ in_reports answers)
