(* The cache as a state machine over ticks, with RFC 4861's and Linux's words for its
   entries, as ARP (RFC 826) has none:

     none --query--> Incomplete --reply--> Dynamic --not used for its time--> none
                         | no reply              | claimed by another station
                         v                       v
                      Failed --some ticks--> none   claim: the owner is probed, and
                                                    keeps the address by an answer

   ARP authenticates nothing. What a packet claims is therefore kept apart by how it came
   about: entries that we asked for, that were only announced to us, and claims to
   addresses that somebody has; each kind has a bound of its own. *)

open Arp_table

(* What does not change by itself. *)
type fixed = {
  own : Ipaddr.V4.t list;
  mac : Macaddr.t;
  timeout : int;
  retries : int;
  capacity : int;
  logsrc : Logs.src;
  unverified : Ipaddr.V4.t list ref;  (** in use, and known only by announcement *)
}

type 'a t = {
  table : 'a Arp_table.t;
  fixed : fixed;
  now : int;  (** ticks so far *)
  requests_left : int;  (** that may be sent until the next tick *)
  claims : Ipaddr.V4.t list;  (** entries with a rival, since before the latest tick ... *)
  fresh_claims : Ipaddr.V4.t list;  (** ... and after it *)
  defend_at : int;  (** from this tick on our address may be defended again *)
}

let max_learned = 512
let max_pending = 128
let max_failed = 512
let max_requests = 100
let max_claims = 32
let max_unverified = 64
let failed_ticks = 6
let defend_ticks = 20

(* How many of the oldest are looked at for one that is not in use. *)
let eviction_depth = 32
let default_logsrc = Logs.Src.create "arp" ~doc:"Address resolution"
let mac t = t.fixed.mac
let ips t = t.fixed.own
let pending t = count t.table Incompletes
let is_own t ip = List.exists (fun own -> Ipaddr.V4.compare own ip = 0) t.fixed.own
let same_mac a b = Macaddr.compare a b = 0

let pp_entry ppf (ip, entry) =
  match entry with
  | Own -> Format.fprintf ppf "%a is ours" Ipaddr.V4.pp ip
  | Static mac -> Format.fprintf ppf "%a is at %a" Ipaddr.V4.pp ip Macaddr.pp mac
  | Dynamic { mac; until; _ } ->
      Format.fprintf ppf "%a is at %a until tick %d" Ipaddr.V4.pp ip Macaddr.pp mac until
  | Incomplete { tries; _ } ->
      Format.fprintf ppf "%a is asked for, %d times more" Ipaddr.V4.pp ip tries
  | Failed until -> Format.fprintf ppf "%a is absent until tick %d" Ipaddr.V4.pp ip until

let pp ppf t =
  Format.fprintf ppf "@[<v>%a at tick %d@,%a@]" Macaddr.pp t.fixed.mac t.now
    (Format.pp_print_list pp_entry) (bindings t.table)

let put t ip entry = { t with table = put t.table ip entry }
let update t ip entry = { t with table = update t.table ip entry }

let remove t ip =
  let own = List.filter (fun own -> Ipaddr.V4.compare own ip <> 0) t.fixed.own in
  { t with table = remove t.table ip; fixed = { t.fixed with own } }

let oldest t kind =
  match by_age t.table kind () with Seq.Cons (ip, _) -> Some ip | Nil -> None

(* {2 Packets} *)

let packet t operation ~source_ip ~target_mac ~target_ip =
  { Arp_packet.operation; source_mac = t.fixed.mac; source_ip; target_mac; target_ip }

(* RFC 5227, section 2.3: an announcement is a request for one's own
   address. *)
let announcement t ip =
  let target_mac = Macaddr.broadcast in
  (packet t Request ~source_ip:ip ~target_mac ~target_ip:ip, Macaddr.broadcast)

let request_to t target_mac target_ip =
  let source_ip = match t.fixed.own with ip :: _ -> ip | [] -> Ipaddr.V4.any in
  (packet t Request ~source_ip ~target_mac ~target_ip, target_mac)

let request t target_ip = request_to t Macaddr.broadcast target_ip

(* {2 Learning} *)

let in_use t ip =
  match find t.table ip with Some (Dynamic { used; _ }) -> used | _ -> false

(* Entries in use stay, however many others there are. *)
(* The oldest one that is not in use, if there is one among the first few. *)
let evict_learned t =
  let rec unused depth seq =
    match seq () with
    | Seq.Cons (ip, rest) when depth > 0 ->
        if in_use t ip then unused (depth - 1) rest else Some ip
    | Seq.Cons _ | Nil -> None
  in
  let victim = unused eviction_depth (by_age t.table Dynamics) in
  let victim = if victim = None then oldest t Dynamics else victim in
  Option.fold victim ~none:t ~some:(remove t)

let learn ?(used = false) ?(solicited = true) t ip mac =
  let t = { t with table = Arp_table.remove t.table ip } in
  let t = if count t.table Dynamics >= t.fixed.capacity then evict_learned t else t in
  put t ip (Dynamic { mac; until = t.now + t.fixed.timeout; used; solicited; claimant = None })

(* In its last tick it was asked because it is in use, and has to show that it
   still is. *)
let learn_again t ip { mac; used; until; solicited; _ } =
  learn t ip mac ~used:(used && t.now < until - 1) ~solicited:(solicited || used)

(* An entry is not given to whoever says so: the station that had it is asked
   first (see [decide_claim]). *)
let record_claim t ip entry claimant =
  let count = List.length t.claims + List.length t.fresh_claims in
  if entry.claimant <> None || count >= max_claims then t
  else
    let t = update t ip (Dynamic { entry with claimant = Some (claimant, t.now + 2) }) in
    { t with fresh_claims = ip :: t.fresh_claims }

(* {2 Own addresses and fixed ones} *)

let waiting t ip =
  match find t.table ip with Some (Incomplete { waiter; _ }) -> Some waiter | _ -> None

let static t ip mac = (put (remove t ip) ip (Static mac), waiting t ip)

let alias t ip =
  let others = List.filter (fun own -> Ipaddr.V4.compare own ip <> 0) t.fixed.own in
  let fixed = { t.fixed with own = ip :: others } in
  ({ (put t ip Own) with fixed }, announcement t ip, waiting t ip)

let create ?(timeout = 800) ?(retries = 5) ?(capacity = max_learned)
    ?(logsrc = default_logsrc) ?ipaddr mac =
  if timeout <= 0 then invalid_arg "Arp_handler.create: timeout must be positive";
  if retries < 0 then invalid_arg "Arp_handler.create: retries must not be negative";
  let t =
    {
      table = empty;
      fixed = { own = []; mac; timeout; retries; capacity; logsrc; unverified = ref [] };
      now = 0;
      requests_left = max_requests;
      claims = [];
      fresh_claims = [];
      defend_at = 0;
    }
  in
  match ipaddr with
  | None -> (t, None)
  | Some ip ->
      let t, announcement, _ = alias t ip in
      (t, Some announcement)

(* {2 Asking} *)

(* The first packet to an address that was only announced: its owner is asked. *)
let begin_use t ip entry =
  entry.used <- true;
  if (not entry.solicited) && List.length !(t.fixed.unverified) < max_unverified then
    t.fixed.unverified := ip :: !(t.fixed.unverified)

let in_cache t ip =
  match find t.table ip with
  | Some (Dynamic entry) ->
      if not entry.used then begin_use t ip entry;
      Some entry.mac
  | Some (Static mac) -> Some mac
  | Some Own -> Some t.fixed.mac
  | Some (Incomplete _ | Failed _) | None -> None

let refuses t ip =
  match find t.table ip with
  | Some (Failed until) -> t.now < until
  | Some (Own | Static _ | Dynamic _ | Incomplete _) | None -> false

let make_room t =
  match oldest t Incompletes with
  | Some ip when pending t >= max_pending -> (remove t ip, waiting t ip)
  | Some _ | None -> (t, None)

type 'a qres =
  | Mac of Macaddr.t
  | Wait of 'a
  | RequestWait of (Arp_packet.t * Macaddr.t) * 'a

(* When the requests of this tick are used up, the next one sends it. *)
let begin_resolution t ip waiter =
  let waiter = waiter None in
  if t.requests_left > 0 then
    let t = { t with requests_left = t.requests_left - 1 } in
    let t = put t ip (Incomplete { waiter; tries = t.fixed.retries - 1 }) in
    (t, RequestWait (request t ip, waiter))
  else (put t ip (Incomplete { waiter; tries = t.fixed.retries }), Wait waiter)

let query t ip waiter =
  match (in_cache t ip, find t.table ip) with
  | Some mac, _ -> (t, Mac mac)
  | None, Some (Incomplete incomplete) ->
      let waiter = waiter (Some incomplete.waiter) in
      (update t ip (Incomplete { incomplete with waiter }), Wait waiter)
  | None, _ -> begin_resolution t ip waiter

(* {2 Time} *)

(* Kept as failed, so that a program that tries without pause costs no request each
   time. *)
let give_up t ip =
  let t =
    match oldest t Failures with
    | Some oldest when count t.table Failures >= max_failed -> remove t oldest
    | Some _ | None -> t
  in
  put t ip (Failed (t.now + failed_ticks))

let retry (t, requests, given_up) ip =
  match find t.table ip with
  | Some (Incomplete { waiter; tries = 0; _ }) -> (give_up t ip, requests, waiter :: given_up)
  | Some (Incomplete incomplete) when t.requests_left > 0 ->
      let t = { t with requests_left = t.requests_left - 1 } in
      let t = update t ip (Incomplete { incomplete with tries = incomplete.tries - 1 }) in
      (t, request t ip :: requests, given_up)
  | _ -> (t, requests, given_up)

let rec forget_failed t =
  match Option.map (fun ip -> (ip, find t.table ip)) (oldest t Failures) with
  | Some (ip, Some (Failed until)) when t.now >= until -> forget_failed (remove t ip)
  | _ -> t

(* One tick before an entry expires its address is asked for again, so that a
   busy one never disappears. *)
let age (t, requests) ip =
  match find t.table ip with
  | Some (Dynamic { until; _ }) when t.now >= until -> (remove t ip, requests)
  | Some (Dynamic { used = true; _ }) -> (t, request t ip :: requests)
  | _ -> (t, requests)

let ages_soon t ip =
  match find t.table ip with Some (Dynamic { until; _ }) -> t.now >= until - 1 | _ -> false

(* A rival's word counts when the station that had the address has kept silent
   from one tick to the next. *)
let decide_claim t ip =
  match find t.table ip with
  | Some (Dynamic { claimant = Some (mac, at); _ }) when t.now >= at -> learn t ip mac ~solicited:false
  | _ -> t

let probe t ip =
  match find t.table ip with
  | Some (Dynamic { claimant = Some _; mac; _ }) -> Some (request_to t mac ip)
  | _ -> None

let decide_claims t =
  let t = List.fold_left decide_claim { t with claims = [] } t.claims in
  let probes = List.filter_map (probe t) t.fresh_claims in
  ({ t with claims = t.fresh_claims; fresh_claims = [] }, probes)

(* Whoever the address belongs to answers; another station is a rival then. *)
let probe_unverified t =
  let asked = List.filteri (fun i _ -> i < t.requests_left) !(t.fixed.unverified) in
  t.fixed.unverified := [];
  let requests_left = t.requests_left - List.length asked in
  ({ t with requests_left }, List.map (request t) asked)

let rec take_while keep seq =
  match seq () with
  | Seq.Cons (ip, rest) when keep ip -> ip :: take_while keep rest
  | Seq.Cons _ | Nil -> []

let tick t =
  let t = forget_failed { t with now = t.now + 1; requests_left = max_requests } in
  let t, probes = decide_claims t in
  let t, more = probe_unverified t in
  let ageing = take_while (ages_soon t) (by_age t.table Dynamics) in
  let t, requests = List.fold_left age (t, probes @ more) ageing in
  Seq.fold_left retry (t, requests, []) (by_age t.table Incompletes)

(* {2 Input} *)

(* A sender that no host can be would make the cache lie. *)
let usable t (p : Arp_packet.t) =
  Macaddr.is_unicast p.source_mac
  && (not (same_mac p.source_mac t.fixed.mac))
  && Ipaddr.V4.compare p.source_ip Ipaddr.V4.any <> 0
  && Ipaddr.V4.compare p.source_ip Ipaddr.V4.broadcast <> 0
  && not (Ipaddr.V4.is_multicast p.source_ip)

(* What the packet tells about its sender. A new entry is made only for those
   who speak to us (RFC 826) and for those we asked. *)
let learn_sender t (p : Arp_packet.t) ~to_us =
  let ip = p.source_ip and mac = p.source_mac in
  match find t.table ip with
  | Some (Own | Static _) -> (t, None)
  | Some (Incomplete { waiter; _ }) -> (learn t ip mac ~used:true, Some (mac, waiter))
  | Some (Dynamic entry) when same_mac entry.mac mac -> (learn_again t ip entry, None)
  | Some (Dynamic entry) -> (record_claim t ip entry mac, None)
  | (Some (Failed _) | None) when to_us -> (learn t ip mac ~solicited:false, None)
  | Some (Failed _) -> (remove t ip, None)
  | None -> (t, None)

let answer t (p : Arp_packet.t) =
  let reply =
    packet t Reply ~source_ip:p.target_ip ~target_mac:p.source_mac
      ~target_ip:p.source_ip
  in
  (reply, p.source_mac)

(* RFC 5227, section 2.4 (c): the address is kept, and defended every ten seconds
   at most. *)
let defend t (p : Arp_packet.t) =
  if t.now < t.defend_at then (t, None, None)
  else begin
    Logs.warn ~src:t.fixed.logsrc (fun m ->
        m "%a also uses our address %a" Macaddr.pp p.source_mac Ipaddr.V4.pp p.source_ip);
    ({ t with defend_at = t.now + defend_ticks }, Some (announcement t p.source_ip), None)
  end

let input_packet t (p : Arp_packet.t) =
  let from_us = same_mac p.source_mac t.fixed.mac in
  if is_own t p.source_ip && not from_us then defend t p
  else
    let to_us = p.operation = Request && is_own t p.target_ip in
    let t, learned = if usable t p then learn_sender t p ~to_us else (t, None) in
    (t, (if to_us && not from_us then Some (answer t p) else None), learned)

let input t buffer =
  match Arp_packet.decode buffer with
  | Ok packet -> input_packet t packet
  | Error e ->
      Logs.debug ~src:t.fixed.logsrc (fun m -> m "dropped: %a" Arp_packet.pp_error e);
      (t, None, None)
