(* Few subscribers for the life of the program: a list that is walked. *)

type reason = Unreachable of string | Soft_error of string | Too_big of int

type t = {
  reason : reason;
  protocol : int;
  source : string;
  destination : string;
  transport : Cstruct.t;
}

type subscription = { of_protocol : int; callback : t -> unit }

let subscriptions = ref []

let subscribe ~protocol callback =
  let subscription = { of_protocol = protocol; callback } in
  subscriptions := subscription :: !subscriptions;
  subscription

let cancel subscription =
  subscriptions := List.filter (fun s -> s != subscription) !subscriptions

let report t =
  List.iter (fun s -> if s.of_protocol = t.protocol then s.callback t) !subscriptions
