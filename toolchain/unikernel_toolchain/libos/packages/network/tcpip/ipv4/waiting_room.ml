type 'a waiter = { bytes : int; answer : 'a Lwt.t; wake : 'a Lwt.u; mutable left : bool }

type 'a t = {
  capacity : int;
  too_long : 'a;
  waiters : 'a waiter Queue.t;  (** oldest first, among them some that have left *)
  mutable weight : int;
}

let overhead_bytes = 256
let create ~capacity ~too_long = { capacity; too_long; waiters = Queue.create (); weight = 0 }
let weight t = t.weight

let leave t waiter answer =
  if not waiter.left then begin
    waiter.left <- true;
    t.weight <- t.weight - waiter.bytes;
    Lwt.cancel waiter.answer;
    Lwt.wakeup_later waiter.wake answer
  end

(* Those that have left go with those in front of them. *)
let rec trim t =
  match Queue.peek_opt t.waiters with
  | Some oldest
    when oldest.left || t.weight > t.capacity
         || Queue.length t.waiters > t.capacity / overhead_bytes ->
      ignore (Queue.pop t.waiters);
      leave t oldest t.too_long;
      trim t
  | Some _ | None -> ()

(* The answer may be awaited by others as well. Whoever leaves takes along what
   it hung on it, or an answer that does not come would hold on to them all. *)
let wait t ~bytes answer =
  let promise, wake = Lwt.wait () in
  let answer = Lwt.protected answer in
  let waiter = { bytes = bytes + overhead_bytes; answer; wake; left = false } in
  Queue.add waiter t.waiters;
  t.weight <- t.weight + waiter.bytes;
  Lwt.on_any answer (leave t waiter) (fun _ -> leave t waiter t.too_long);
  trim t;
  promise
