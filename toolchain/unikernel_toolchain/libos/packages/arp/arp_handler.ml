module Table = Ipaddr.V4.Map

type 'a entry =
  | Own
  | Static of Macaddr.t
  | Learned of Macaddr.t * int  (** the tick at which it is forgotten *)
  | Asked of 'a * int  (** the tick at which asking ends *)

type 'a t = {
  table : 'a entry Table.t;
  mac : Macaddr.t;
  timeout : int;
  retries : int;
  now : int;  (** ticks so far *)
  learned : int;  (** how many entries are [Learned] *)
  asked : int;  (** how many are [Asked] *)
  logsrc : Logs.src;
}

let max_learned = 512
let default_logsrc = Logs.Src.create "arp" ~doc:"Address resolution"
let mac t = t.mac
let pending t = t.asked

let is_own = function Own -> true | Static _ | Learned _ | Asked _ -> false

let ips t =
  Table.fold (fun ip e own -> if is_own e then ip :: own else own) t.table []

let pp_entry ppf (ip, entry) =
  match entry with
  | Own -> Format.fprintf ppf "%a is ours" Ipaddr.V4.pp ip
  | Static mac -> Format.fprintf ppf "%a is at %a" Ipaddr.V4.pp ip Macaddr.pp mac
  | Learned (mac, until) ->
      Format.fprintf ppf "%a is at %a until tick %d" Ipaddr.V4.pp ip Macaddr.pp mac until
  | Asked (_, until) ->
      Format.fprintf ppf "%a is asked for until tick %d" Ipaddr.V4.pp ip until

let pp ppf t =
  Format.fprintf ppf "@[<v>%a at tick %d@,%a@]" Macaddr.pp t.mac t.now
    (Format.pp_print_list pp_entry) (Table.bindings t.table)

(* All changes of the table go through [put] and [remove], which count. *)

let count t entry n =
  match entry with
  | Learned _ -> { t with learned = t.learned + n }
  | Asked _ -> { t with asked = t.asked + n }
  | Own | Static _ -> t

let remove t ip =
  match Table.find_opt ip t.table with
  | None -> t
  | Some entry -> count { t with table = Table.remove ip t.table } entry (-1)

let put t ip entry =
  let t = remove t ip in
  count { t with table = Table.add ip entry t.table } entry 1

let first_to_expire t =
  let earlier ip entry best =
    match (entry, best) with
    | Learned (_, until), None -> Some (ip, until)
    | Learned (_, until), Some (_, b) when until < b -> Some (ip, until)
    | _ -> best
  in
  Table.fold earlier t.table None

let learn t ip mac =
  let t = remove t ip in
  let t =
    match first_to_expire t with
    | Some (oldest, _) when t.learned >= max_learned -> remove t oldest
    | _ -> t
  in
  put t ip (Learned (mac, t.now + t.timeout))

let waiting t ip =
  match Table.find_opt ip t.table with
  | Some (Asked (waiter, _)) -> Some waiter
  | _ -> None

let static t ip mac = (put t ip (Static mac), waiting t ip)

let packet t operation ~source_ip ~target_mac ~target_ip =
  { Arp_packet.operation; source_mac = t.mac; source_ip; target_mac; target_ip }

(* RFC 5227, section 2.3: an announcement is a request for one's own
   address. *)
let announcement t ip =
  let target_mac = Macaddr.broadcast in
  (packet t Request ~source_ip:ip ~target_mac ~target_ip:ip, Macaddr.broadcast)

let request t target_ip =
  let source_ip = match ips t with ip :: _ -> ip | [] -> Ipaddr.V4.any in
  let target_mac = Macaddr.broadcast in
  (packet t Request ~source_ip ~target_mac ~target_ip, Macaddr.broadcast)

let alias t ip = (put t ip Own, announcement t ip, waiting t ip)

let create ?(timeout = 800) ?(retries = 5) ?(logsrc = default_logsrc) ?ipaddr mac =
  if timeout <= 0 then invalid_arg "Arp_handler.create: timeout must be positive";
  if retries < 0 then invalid_arg "Arp_handler.create: retries must not be negative";
  let table = Table.empty in
  let t = { table; mac; timeout; retries; now = 0; learned = 0; asked = 0; logsrc } in
  match ipaddr with
  | None -> (t, None)
  | Some ip ->
      let t, announcement, _ = alias t ip in
      (t, Some announcement)

let in_cache t ip =
  match Table.find_opt ip t.table with
  | Some Own -> Some t.mac
  | Some (Static mac | Learned (mac, _)) -> Some mac
  | Some (Asked _) | None -> None

(* One tick before an entry expires its address is asked for again, so that a
   busy one never disappears. *)
let tick_entry ip entry (t, requests, given_up) =
  match entry with
  | Own | Static _ -> (t, requests, given_up)
  | Learned (_, until) when t.now >= until -> (remove t ip, requests, given_up)
  | Learned (_, until) when t.now = until - 1 ->
      (t, request t ip :: requests, given_up)
  | Learned _ -> (t, requests, given_up)
  | Asked (waiter, until) when t.now >= until ->
      (remove t ip, requests, waiter :: given_up)
  | Asked _ -> (t, request t ip :: requests, given_up)

let tick t =
  let t = { t with now = t.now + 1 } in
  Table.fold tick_entry t.table (t, [], [])

let usable (p : Arp_packet.t) =
  Macaddr.is_unicast p.source_mac
  && Ipaddr.V4.compare p.source_ip Ipaddr.V4.any <> 0
  && not (Ipaddr.V4.is_multicast p.source_ip)

(* What the packet tells about its sender. A new entry is made only for those
   who speak to us (RFC 826) and for those we asked. *)
let learn_sender t (p : Arp_packet.t) ~to_us =
  match Table.find_opt p.source_ip t.table with
  | Some Own when Macaddr.compare p.source_mac t.mac <> 0 ->
      Logs.warn ~src:t.logsrc (fun m ->
          m "%a also uses our address %a" Macaddr.pp p.source_mac Ipaddr.V4.pp
            p.source_ip);
      (t, None)
  | Some (Own | Static _) -> (t, None)
  | Some (Asked (waiter, _)) ->
      (learn t p.source_ip p.source_mac, Some (p.source_mac, waiter))
  | Some (Learned _) -> (learn t p.source_ip p.source_mac, None)
  | None when to_us -> (learn t p.source_ip p.source_mac, None)
  | None -> (t, None)

let answer t (p : Arp_packet.t) =
  let reply =
    packet t Reply ~source_ip:p.target_ip ~target_mac:p.source_mac
      ~target_ip:p.source_ip
  in
  Some (reply, p.source_mac)

let input_packet t (p : Arp_packet.t) =
  let ours =
    Option.fold (Table.find_opt p.target_ip t.table) ~none:false ~some:is_own
  in
  let to_us = ours && p.operation = Request in
  let t, learned = if usable p then learn_sender t p ~to_us else (t, None) in
  let asked_by_other = to_us && Macaddr.compare p.source_mac t.mac <> 0 in
  (t, (if asked_by_other then answer t p else None), learned)

let input t buffer =
  match Arp_packet.decode buffer with
  | Ok packet -> input_packet t packet
  | Error e ->
      Logs.debug ~src:t.logsrc (fun m -> m "dropped: %a" Arp_packet.pp_error e);
      (t, None, None)

type 'a qres =
  | Mac of Macaddr.t
  | Wait of 'a
  | RequestWait of (Arp_packet.t * Macaddr.t) * 'a

let query t ip waiter =
  match Table.find_opt ip t.table with
  | Some Own -> (t, Mac t.mac)
  | Some (Static mac | Learned (mac, _)) -> (t, Mac mac)
  | Some (Asked (earlier, until)) ->
      let waiter = waiter (Some earlier) in
      (put t ip (Asked (waiter, until)), Wait waiter)
  | None ->
      let waiter = waiter None in
      let t = put t ip (Asked (waiter, t.now + t.retries)) in
      (t, RequestWait (request t ip, waiter))
