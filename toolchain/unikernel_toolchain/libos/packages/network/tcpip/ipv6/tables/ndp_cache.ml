(* Entries by address, by age within each kind, and by timer. The kind says how an entry
   came about, for its share of the room: a stranger can fill only the share of
   unverified ones (RFC 6583 has the attack: a scan of a prefix fills the cache). *)

module Table = Map.Make (Ipaddr.V6)
module By_age = Map.Make (Int)

module Timers = Set.Make (struct
    type t = int64 * Ipaddr.V6.t

    let compare (at, ip) (at', ip') =
      match Int64.compare at at' with 0 -> Ipaddr.V6.compare ip ip' | order -> order
  end)

type kind = Resolving | Unverified | Confirmed

type entry = {
  neighbour : Ndp_neighbour.t;
  kind : kind;
  touched : int;
  waiting : Cstruct.t list;
}

type t = {
  entries : entry Table.t;
  size : int;
  resolving : Ipaddr.V6.t By_age.t;
  unverified : Ipaddr.V6.t By_age.t;
  confirmed : Ipaddr.V6.t By_age.t;
  counts : int * int * int;
  touches : int;
  timers : Timers.t;
  capacity : int;
  queued_bytes : int;
  max_queued_bytes : int;
}

(* Nodes of three trees, the state and its addresses. *)
let entry_bytes = 512
let least_capacity = 64
let max_queued = 4

let create ~bytes =
  {
    entries = Table.empty;
    size = 0;
    resolving = By_age.empty;
    unverified = By_age.empty;
    confirmed = By_age.empty;
    counts = (0, 0, 0);
    touches = 0;
    timers = Timers.empty;
    capacity = max least_capacity (bytes / entry_bytes);
    queued_bytes = 0;
    max_queued_bytes = bytes / 2;
  }

let capacity t = t.capacity
let max_resolving t = min 256 (t.capacity / 4)
let size t = t.size
let queued_bytes t = t.queued_bytes

let find t ip =
  match Table.find_opt ip t.entries with
  | None -> None
  | Some entry -> Some entry.neighbour

let confirmed t ip =
  match Table.find_opt ip t.entries with Some { kind = Confirmed; _ } -> true | _ -> false

(* {2 Kinds} *)

(* A quarter each for those asked for and those told of; the rest for who answered. *)
let quota t = function
  | Resolving -> max_resolving t
  | Unverified -> t.capacity / 4
  | Confirmed -> t.capacity - (t.capacity / 4) - max_resolving t

let count t kind =
  let resolving, unverified, confirmed = t.counts in
  match kind with Resolving -> resolving | Unverified -> unverified | Confirmed -> confirmed

let ages t = function Resolving -> t.resolving | Unverified -> t.unverified | Confirmed -> t.confirmed

let with_ages t kind ages change =
  let resolving, unverified, confirmed = t.counts in
  match kind with
  | Resolving -> { t with resolving = ages; counts = (resolving + change, unverified, confirmed) }
  | Unverified -> { t with unverified = ages; counts = (resolving, unverified + change, confirmed) }
  | Confirmed -> { t with confirmed = ages; counts = (resolving, unverified, confirmed + change) }

(* {2 Entries} *)

let weight waiting = List.fold_left (fun sum b -> sum + Cstruct.length b) 0 waiting

let timed t ip neighbour change =
  let at = Ndp_neighbour.deadline neighbour in
  if at = Ndp_timing.never then t.timers else change (at, ip) t.timers

let remove_entry t ip entry =
  let t = with_ages t entry.kind (By_age.remove entry.touched (ages t entry.kind)) (-1) in
  {
    t with
    entries = Table.remove ip t.entries;
    size = t.size - 1;
    timers = timed t ip entry.neighbour Timers.remove;
    queued_bytes = t.queued_bytes - weight entry.waiting;
  }

let remove t ip =
  match Table.find_opt ip t.entries with
  | None -> t
  | Some entry -> remove_entry t ip entry

(* Whatever changes is the youngest of its kind. *)
let add t ip kind neighbour waiting =
  let touched = t.touches in
  let t = with_ages t kind (By_age.add touched ip (ages t kind)) 1 in
  {
    t with
    entries = Table.add ip { neighbour; kind; touched; waiting } t.entries;
    size = t.size + 1;
    touches = touched + 1;
    timers = timed t ip neighbour Timers.add;
    queued_bytes = t.queued_bytes + weight waiting;
  }

(* Those that are kept go to the end of the row. They are few; should they
   fill the room, the oldest of them goes. *)
let rec evict t ~keep kind tries =
  let _, ip = By_age.min_binding (ages t kind) in
  let entry = Table.find ip t.entries in
  let t = remove_entry t ip entry in
  if tries > 0 && keep ip then
    evict (add t ip kind entry.neighbour entry.waiting) ~keep kind (tries - 1)
  else (t, Some ip)

let evict_if_full t ~keep kind =
  if count t kind < quota t kind then (t, None) else evict t ~keep kind (quota t kind)

type change = { cache : t; released : Cstruct.t list; evicted : Ipaddr.V6.t option }

let kind_of previous ~confirmed neighbour =
  match (neighbour, previous) with
  | Ndp_neighbour.Incomplete _, _ -> Resolving
  | _ when confirmed -> Confirmed
  | _, Some { kind = Confirmed; _ } -> Confirmed
  | _ -> Unverified

let set t ~keep ~confirmed ip neighbour =
  let previous = Table.find_opt ip t.entries in
  let waiting = Option.fold previous ~none:[] ~some:(fun entry -> entry.waiting) in
  let kind = kind_of previous ~confirmed neighbour in
  let cache, evicted = evict_if_full (remove t ip) ~keep kind in
  if kind = Resolving then
    { cache = add cache ip kind neighbour waiting; released = []; evicted }
  else { cache = add cache ip kind neighbour []; released = List.rev waiting; evicted }

let queue t ip packet =
  match Table.find_opt ip t.entries with
  | Some entry when t.queued_bytes + Cstruct.length packet <= t.max_queued_bytes ->
      let waiting = List.filteri (fun i _ -> i < max_queued) (packet :: entry.waiting) in
      let queued_bytes = t.queued_bytes - weight entry.waiting + weight waiting in
      { t with entries = Table.add ip { entry with waiting } t.entries; queued_bytes }
  | _ -> t

(* {2 Time} *)

let deadline t =
  match Timers.min_elt_opt t.timers with None -> Ndp_timing.never | Some (at, _) -> at

(* The timer goes with the entry, so it is taken out and put in again. *)
let tick_one timing ~now t ip =
  let entry = Table.find ip t.entries in
  let t = remove_entry t ip entry in
  match Ndp_neighbour.tick timing ~now entry.neighbour with
  | _, Ndp_neighbour.Delete -> (t, Ndp_neighbour.Delete)
  | neighbour, action -> (add t ip entry.kind neighbour entry.waiting, action)

let tick timing ~now t =
  let rec due t actions =
    match Timers.min_elt_opt t.timers with
    | Some (at, ip) when at <= now ->
        let t, action = tick_one timing ~now t ip in
        due t ((ip, action) :: actions)
    | _ -> (t, List.rev actions)
  in
  due t []
