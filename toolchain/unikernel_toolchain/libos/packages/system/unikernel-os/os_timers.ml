(* A binary heap by deadline, and by age among equals, so that sleepers wake in the order
   in which they fell asleep. Cancelled timers leave at once: they know their index. *)

type timer = {
  deadline_ns : int;
  serial : int;
  wakener : unit Lwt.u;
  mutable index : int;  (** index in [heap], -1 once out of it *)
}

let heap = ref [||]
let size = ref 0
let serials = ref 0

let is_before a b =
  a.deadline_ns < b.deadline_ns
  || (a.deadline_ns = b.deadline_ns && a.serial < b.serial)

let put timer index =
  !heap.(index) <- timer;
  timer.index <- index

let rec sift_up timer index =
  let parent = (index - 1) / 2 in
  if index > 0 && is_before timer !heap.(parent) then (
    put !heap.(parent) index;
    sift_up timer parent)
  else put timer index

let earlier_child index =
  let left = (2 * index) + 1 in
  let right = left + 1 in
  if right < !size && is_before !heap.(right) !heap.(left) then right else left

let rec sift_down timer index =
  let child = earlier_child index in
  if child < !size && is_before !heap.(child) timer then (
    put !heap.(child) index;
    sift_down timer child)
  else put timer index

let make_room timer =
  if !size = Array.length !heap then (
    let larger = Array.make (Int.max 8 (2 * !size)) timer in
    Array.blit !heap 0 larger 0 !size;
    heap := larger)

let add timer =
  make_room timer;
  incr size;
  sift_up timer (!size - 1)

(* The vacated slot is filled with a live timer, so that the heap keeps no dead
   one from the collector. *)
let remove timer =
  let index = timer.index in
  timer.index <- -1;
  decr size;
  if !size = 0 then heap := [||]
  else
    let last = !heap.(!size) in
    if last != timer then (
      sift_down last index;
      sift_up last last.index);
    !heap.(!size) <- !heap.(0)

let wait_until deadline_ns =
  let promise, wakener = Lwt.task () in
  incr serials;
  let timer = { deadline_ns; serial = !serials; wakener; index = -1 } in
  add timer;
  Lwt.on_cancel promise (fun () -> if timer.index >= 0 then remove timer);
  promise

let next_deadline_ns () = if !size = 0 then max_int else !heap.(0).deadline_ns

let rec wake ~now_ns =
  if !size > 0 && !heap.(0).deadline_ns <= now_ns then (
    let timer = !heap.(0) in
    remove timer;
    Lwt.wakeup_later timer.wakener ();
    wake ~now_ns)
