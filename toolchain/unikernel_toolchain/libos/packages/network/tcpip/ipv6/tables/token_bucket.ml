(* Tokens come back with time, counted when one is taken: no timer. *)

type t = { interval_ns : int; burst : int; tokens : int; refilled_at : int }

let create ~per_second ~burst =
  { interval_ns = 1_000_000_000 / per_second; burst; tokens = burst; refilled_at = 0 }

(* Whole tokens only, so that no part of one is lost or counted twice. *)
let refilled t now =
  let gained = (now - t.refilled_at) / t.interval_ns in
  if t.tokens + gained >= t.burst then { t with tokens = t.burst; refilled_at = now }
  else
    {
      t with
      tokens = t.tokens + gained;
      refilled_at = t.refilled_at + (gained * t.interval_ns);
    }

let take ?(reserve = 0) ~now t =
  let t = refilled t (Int64.to_int now) in
  if t.tokens > reserve then Some { t with tokens = t.tokens - 1 } else None
