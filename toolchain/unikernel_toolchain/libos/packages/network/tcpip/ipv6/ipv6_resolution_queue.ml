(* Packets by age for eviction, and the ages of each neighbour's for its own bound (RFC
   4861, section 7.2.2, asks for one packet at least). *)

module Neighbours = Map.Make (Ipaddr.V6)
module By_age = Map.Make (Int)

type answer = Mac of Macaddr.t | Unreachable of string | Evicted

type waiter = { neighbour : Ipaddr.V6.t; bytes : int; resolver : answer Lwt.u }

type t = {
  max_bytes : int;
  mutable bytes : int;
  mutable next_age : int;
  mutable waiters : waiter By_age.t;
  mutable ages : int list Neighbours.t;  (** of each neighbour's, newest first *)
}

(* Enough for a program that connects to many hosts behind one router at once. *)
let max_per_neighbour = 32

(* A promise and the closures that hold the packet. *)
let overhead_bytes = 1024

let create ~max_bytes =
  { max_bytes; bytes = 0; next_age = 0; waiters = By_age.empty; ages = Neighbours.empty }

let ages_of t ip = Option.value (Neighbours.find_opt ip t.ages) ~default:[]

let remove t age (waiter : waiter) =
  t.waiters <- By_age.remove age t.waiters;
  t.bytes <- t.bytes - waiter.bytes;
  t.ages <-
    (match List.filter (( <> ) age) (ages_of t waiter.neighbour) with
     | [] -> Neighbours.remove waiter.neighbour t.ages
     | ages -> Neighbours.add waiter.neighbour ages t.ages)

let complete t age answer =
  match By_age.find_opt age t.waiters with
  | None -> ()
  | Some waiter ->
      remove t age waiter;
      Lwt.wakeup_later waiter.resolver answer

let evict t age = complete t age Evicted

let rec enforce_limit t =
  if t.bytes > t.max_bytes && By_age.cardinal t.waiters > 1 then begin
    evict t (fst (By_age.min_binding t.waiters));
    enforce_limit t
  end

let wait t neighbour ~bytes =
  let promise, resolver = Lwt.task () in
  let waiter = { neighbour; bytes = bytes + overhead_bytes; resolver } in
  let age = t.next_age in
  t.next_age <- age + 1;
  let ages = ages_of t neighbour in
  List.iteri (fun i age -> if i + 1 >= max_per_neighbour then evict t age) ages;
  t.waiters <- By_age.add age waiter t.waiters;
  t.ages <- Neighbours.add neighbour (age :: ages_of t neighbour) t.ages;
  t.bytes <- t.bytes + waiter.bytes;
  Lwt.on_cancel promise (fun () ->
      if By_age.mem age t.waiters then remove t age waiter);
  enforce_limit t;
  promise

let resolve_all t answer = By_age.iter (fun age _ -> complete t age answer) t.waiters

let resolve t neighbour answer =
  List.iter (fun age -> complete t age answer) (List.rev (ages_of t neighbour))
