(* A binary heap by time. Each slot knows its index, so that moving one is a sift from
   where it is, without a search; nothing is allocated. *)

type 'a slot = { owner : 'a; mutable at : int; mutable index : int }
type 'a t = { mutable heap : 'a slot array; mutable count : int }

let unqueued = -1
let create () = { heap = [||]; count = 0 }
let slot owner = { owner; at = max_int; index = unqueued }

let put t slot i =
  t.heap.(i) <- slot;
  slot.index <- i

let rec sift_up t slot i =
  let parent = (i - 1) / 2 in
  if i > 0 && t.heap.(parent).at > slot.at then begin
    put t t.heap.(parent) i;
    sift_up t slot parent
  end
  else put t slot i

let rec sift_down t slot i =
  let left = (2 * i) + 1 in
  if left >= t.count then put t slot i
  else
    let right = left + 1 in
    let least =
      if right < t.count && t.heap.(right).at < t.heap.(left).at then right
      else left
    in
    if t.heap.(least).at < slot.at then begin
      put t t.heap.(least) i;
      sift_down t slot least
    end
    else put t slot i

let insert t slot =
  if t.count = Array.length t.heap then
    t.heap <- Array.append t.heap (Array.make (Int.max 8 t.count) slot);
  t.count <- t.count + 1;
  sift_up t slot (t.count - 1)

(* The last slot fills the gap; its old place keeps a harmless reference. *)
let remove t slot =
  let i = slot.index in
  slot.index <- unqueued;
  t.count <- t.count - 1;
  let last = t.heap.(t.count) in
  if last != slot then begin
    sift_down t last i;
    sift_up t last last.index
  end;
  if t.count > 0 then t.heap.(t.count) <- t.heap.(0) else t.heap <- [||]

let schedule t slot at =
  let before = slot.at in
  slot.at <- at;
  if slot.index = unqueued then begin
    if at < max_int then insert t slot
  end
  else if at = max_int then remove t slot
  else if at < before then sift_up t slot slot.index
  else if at > before then sift_down t slot slot.index

let earliest t = if t.count = 0 then max_int else t.heap.(0).at

let take_due t ~now =
  if earliest t > now then None
  else begin
    let slot = t.heap.(0) in
    remove t slot;
    slot.at <- max_int;
    Some slot.owner
  end
