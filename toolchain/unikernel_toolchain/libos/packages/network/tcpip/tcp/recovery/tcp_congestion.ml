(* Slow start and what goes around an algorithm (RFC 5681 section 3.1). Bytes, not
   segments, are counted (RFC 3465), so that a peer that acknowledges in many small
   steps gains nothing by it. *)

type t = {
  algorithm : Tcp_algorithm.t;
  mss : int;
  mutable window : int;
  mutable threshold : int;
  mutable prior_window : int;
  mutable prior_threshold : int;
}

(* RFC 6928 section 2. *)
let initial_window mss = Int.min (10 * mss) (Int.max (2 * mss) 14_600)

let create algorithm ~mss =
  let algorithm =
    match algorithm with
    | Tcp_config.Newreno -> Tcp_newreno.create ~mss
    | Tcp_config.Cubic -> Tcp_cubic.create ~mss
  in
  let window = initial_window mss and threshold = max_int in
  {
    algorithm;
    mss;
    window;
    threshold;
    prior_window = window;
    prior_threshold = threshold;
  }

let resized t algorithm ~mss =
  let fresh = create algorithm ~mss in
  fresh.window <- Int.max mss t.window;
  fresh.threshold <- t.threshold;
  fresh.prior_window <- fresh.window;
  fresh.prior_threshold <- t.threshold;
  fresh

let window t = t.window
let threshold t = t.threshold
let in_slow_start t = t.window < t.threshold

(* Beyond any buffer of ours; keeps sums far from overflow. *)
let window_max = 1 lsl 30

(* What takes the window up to the threshold is slow start's, the rest congestion
   avoidance's. *)
let acknowledged t ~now ~rtt acked =
  let room = if in_slow_start t then t.threshold - t.window else 0 in
  let slow = Int.min acked room in
  t.window <- t.window + slow;
  if acked > slow then
    t.window <-
      t.algorithm.avoid ~now ~rtt ~acked:(acked - slow) ~window:t.window;
  t.window <- Int.min t.window window_max

let back_off t ~in_flight =
  t.prior_window <- t.window;
  t.prior_threshold <- t.threshold;
  t.threshold <- t.algorithm.back_off ~window:t.window ~in_flight

let enter_recovery = back_off
let set_window t window = t.window <- Int.max t.mss window
let leave_recovery t = t.window <- Int.max t.mss t.threshold

(* RFC 5681 section 3.1: one segment, and the threshold only at the first timeout of
   a segment (equation 4). *)
let timed_out t ~in_flight ~first =
  if first then back_off t ~in_flight;
  t.algorithm.restart ();
  t.window <- t.mss

let undo t =
  t.window <- Int.max t.window t.prior_window;
  t.threshold <- Int.max t.threshold t.prior_threshold;
  t.algorithm.restart ()

let restart_after_idle t =
  t.algorithm.restart ();
  t.window <- Int.min t.window (initial_window t.mss)
