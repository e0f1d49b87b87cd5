(* Entries are in balanced trees, by slot and by name: names are a stranger's, who could make
   those of a hash table fall together. Of several entries with one name, on a damaged file
   system, the first counts. Of room it is enough to know how many free slots lie in a row in each
   unit: there are some thousand units at most, and looking through them is nothing beside a
   write. *)

module Slots = Map.Make (Int)
module Numbers = Set.Make (Int)
module Names = Map.Make (String)

type t = {
  entries : Fat_entry.t Slots.t;  (* by their last slot *)
  names : Numbers.t Names.t;  (* by key: last slots *)
  end_ : int;
  slots : int;
  unit_slots : int;
  rows : int array;  (* of each unit: the longest row of free slots *)
  strays : int list;
}

let entries t = List.map snd (Slots.bindings t.entries)
let end_slot t = t.end_
let strays t = t.strays
let without_strays t = { t with strays = [] }

(* ---- Names *)

let is_taken t key = Names.mem key t.names

let find t ~is_shown key =
  let numbers = Option.value ~default:Numbers.empty (Names.find_opt key t.names) in
  let shown n =
    let entry = Slots.find n t.entries in
    if is_shown entry then Some entry else None
  in
  match Seq.filter_map shown (Numbers.to_seq numbers) () with
  | Seq.Nil -> None
  | Seq.Cons (entry, _) -> Some entry

let set_names change names (entry : Fat_entry.t) =
  let one names key =
    let old = Option.value ~default:Numbers.empty (Names.find_opt key names) in
    let changed = change entry.last_slot old in
    if Numbers.is_empty changed then Names.remove key names else Names.add key changed names
  in
  one (one names (fst entry.keys)) (snd entry.keys)

let with_entry t (entry : Fat_entry.t) =
  {
    t with
    entries = Slots.add entry.last_slot entry t.entries;
    names = set_names Numbers.add t.names entry;
  }

let without_entry t (entry : Fat_entry.t) =
  {
    t with
    entries = Slots.remove entry.last_slot t.entries;
    names = set_names Numbers.remove t.names entry;
  }

(* ---- Room *)

let row t bytes unit =
  let first = unit * t.unit_slots in
  let rec from slot length longest =
    if slot = min t.slots (first + t.unit_slots) then longest
    else if slot >= t.end_ || Fat_entry.is_free bytes slot then
      from (slot + 1) (length + 1) (max longest (length + 1))
    else from (slot + 1) 0 longest
  in
  from first 0 0

let units t = (t.slots + t.unit_slots - 1) / t.unit_slots

let start_of_row t bytes unit many =
  let first = unit * t.unit_slots in
  let rec from slot length =
    if length = many then slot - many
    else if slot >= t.end_ || Fat_entry.is_free bytes slot then from (slot + 1) (length + 1)
    else from (slot + 1) 0
  in
  from first 0

let room t bytes many =
  let rec from unit =
    if unit = Array.length t.rows then None
    else if t.rows.(unit) >= many then Some (start_of_row t bytes unit many)
    else from (unit + 1)
  in
  if many <= t.unit_slots then from 0 else if t.end_ + many <= t.slots then Some t.end_ else None

(* ---- Made and changed *)

let of_bytes ~unit_bytes bytes =
  let entries, strays = Fat_entry.scan bytes in
  let t =
    {
      entries = Slots.empty;
      names = Names.empty;
      end_ = Fat_entry.end_slot bytes;
      slots = Cstruct.length bytes / Fat_entry.slot_bytes;
      unit_slots = unit_bytes / Fat_entry.slot_bytes;
      rows = [||];
      strays;
    }
  in
  let t = { t with rows = Array.init (units t) (row t bytes) } in
  List.fold_left with_entry t entries

(* What loses its clusters may have been a label all the time. *)
let now t (entry : Fat_entry.t) =
  let t = { (without_entry t entry) with end_ = max t.end_ (entry.last_slot + 1) } in
  if Fat_entry.is_hidden entry then t else with_entry t entry

let changed ?gone ?is t bytes ~first ~last =
  let t = Option.fold ~none:t ~some:(without_entry t) gone in
  let t = Option.fold ~none:t ~some:(now t) is in
  for unit = first / t.unit_slots to last / t.unit_slots do
    t.rows.(unit) <- row t bytes unit
  done;
  t

let longer t bytes =
  let t = { t with slots = Cstruct.length bytes / Fat_entry.slot_bytes } in
  let had = Array.length t.rows in
  let rows = Array.init (units t) (fun unit -> if unit < had then t.rows.(unit) else row t bytes unit) in
  { t with rows }
