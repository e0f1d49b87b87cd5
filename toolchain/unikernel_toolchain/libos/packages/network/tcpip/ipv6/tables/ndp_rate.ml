type t = { interval_ns : int; burst : int; left : int; counted_at : int }

let create ~per_second ~burst =
  { interval_ns = 1_000_000_000 / per_second; burst; left = burst; counted_at = 0 }

(* Whole tokens only, so that no part of one is lost or counted twice. *)
let refilled t now =
  let gained = (now - t.counted_at) / t.interval_ns in
  if t.left + gained >= t.burst then { t with left = t.burst; counted_at = now }
  else
    {
      t with
      left = t.left + gained;
      counted_at = t.counted_at + (gained * t.interval_ns);
    }

let spend ?(keep = 0) ~now t =
  let t = refilled t (Int64.to_int now) in
  if t.left > keep then Some { t with left = t.left - 1 } else None
