(* RFC 9438. W(t) = C * (t - K)^3 + W_max: flat where the last loss was, steep far from
   it, and the same in time whatever the round trip. [w_est] is what Reno would have,
   below which CUBIC never falls. Names are the RFC's. *)

(* Windows in segments and times in seconds, as the RFC writes them. *)
type t = {
  mutable w_max : float;
  mutable epoch_start : float;  (* negative: no epoch yet *)
  mutable k : float;
  mutable w_est : float;
  mutable window : float;  (* the fractional window *)
  mutable w_prior : float;
}

(* What Float has, whose module would be linked for these alone. *)
external cube_root : float -> float = "caml_cbrt_float" "caml_cbrt" [@@unboxed] [@@noalloc]

let min (a : float) b = if a < b then a else b
let max (a : float) b = if a > b then a else b
let c = 0.4
let beta = 0.7
let alpha = 3. *. (1. -. beta) /. (1. +. beta)

(* Section 4.2: K is the time until W_max is reached again. *)
let start_epoch t ~now ~segments =
  t.epoch_start <- now;
  t.window <- segments;
  t.w_est <- segments;
  if t.w_max <= segments then begin
    t.w_max <- segments;
    t.k <- 0.
  end
  else t.k <- cube_root ((t.w_max -. segments) /. c)

(* Sections 4.2 to 4.5. *)
let grow t ~now ~rtt ~acked =
  let elapsed = now -. t.epoch_start +. rtt -. t.k in
  let cubic = (c *. elapsed *. elapsed *. elapsed) +. t.w_max in
  let target = min (max cubic t.window) (1.5 *. t.window) in
  let gain = if t.w_est < t.w_prior then alpha else 1. in
  t.w_est <- t.w_est +. (gain *. acked /. t.window);
  let step = (target -. t.window) /. t.window *. acked in
  t.window <- max (t.window +. step) t.w_est

let avoid t ~mss ~now ~rtt ~acked ~window =
  let mss = float_of_int mss in
  let segments = float_of_int window /. mss in
  let now = float_of_int now *. 1e-9 in
  if t.epoch_start < 0. then start_epoch t ~now ~segments;
  if abs_float (t.window -. segments) > 1. then t.window <- segments;
  let rtt = float_of_int rtt *. 1e-9 in
  grow t ~now ~rtt ~acked:(float_of_int acked /. mss);
  int_of_float (t.window *. mss)

(* Section 4.6, with fast convergence (4.7). *)
let back_off t ~mss ~window =
  let segments = float_of_int window /. float_of_int mss in
  t.epoch_start <- -1.;
  t.w_prior <- segments;
  t.w_max <-
    (if segments < t.w_max then segments *. (1. +. beta) /. 2. else segments);
  Int.max (2 * mss) (int_of_float (float_of_int window *. beta))

let create ~mss =
  let t =
    {
      w_max = 0.;
      epoch_start = -1.;
      k = 0.;
      w_est = 0.;
      window = 0.;
      w_prior = 0.;
    }
  in
  {
    Tcp_algorithm.name = "cubic";
    avoid = avoid t ~mss;
    back_off = (fun ~window ~in_flight:_ -> back_off t ~mss ~window);
    restart = (fun () -> t.epoch_start <- -1.);
  }
