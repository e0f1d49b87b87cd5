(* Each packet that waits is a promise and closures, weighed as such. Eviction takes the
   oldest: what was waited for longest is the least likely to be answered. *)

type 'a waiter = { bytes : int; answer : 'a Lwt.t; resolver : 'a Lwt.u; mutable completed : bool }

type 'a t = {
  capacity : int;
  evicted : 'a;
  waiters : 'a waiter Queue.t;  (** oldest first, among them some that have left *)
  mutable weight : int;
}

let overhead_bytes = 256
let create ~capacity ~evicted = { capacity; evicted; waiters = Queue.create (); weight = 0 }
let weight t = t.weight

let complete t waiter answer =
  if not waiter.completed then begin
    waiter.completed <- true;
    t.weight <- t.weight - waiter.bytes;
    Lwt.cancel waiter.answer;
    Lwt.wakeup_later waiter.resolver answer
  end

(* Those that have left go with those in front of them. *)
let rec trim t =
  match Queue.peek_opt t.waiters with
  | Some oldest
    when oldest.completed || t.weight > t.capacity
         || Queue.length t.waiters > t.capacity / overhead_bytes ->
      ignore (Queue.pop t.waiters);
      complete t oldest t.evicted;
      trim t
  | Some _ | None -> ()

(* The answer may be awaited by others as well. Whoever leaves takes along what
   it hung on it, or an answer that does not come would hold on to them all. *)
let wait t ~bytes answer =
  let promise, resolver = Lwt.wait () in
  let answer = Lwt.protected answer in
  let waiter = { bytes = bytes + overhead_bytes; answer; resolver; completed = false } in
  Queue.add waiter t.waiters;
  t.weight <- t.weight + waiter.bytes;
  Lwt.on_any answer (complete t waiter) (fun _ -> complete t waiter t.evicted);
  trim t;
  promise
