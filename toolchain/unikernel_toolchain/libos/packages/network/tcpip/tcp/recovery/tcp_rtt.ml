(* RFC 6298 in integers: SRTT, RTTVAR and the RTO, in nanoseconds. [base] is the RTO
   before backing off, which a new sample ends (section 5, the note at its end). *)

type t = {
  config : Tcp_config.t;
  mutable smoothed : int;
  mutable variation : int;
  mutable minimum : int;
  mutable base : int;
  mutable backoff : int;
}

let create (config : Tcp_config.t) =
  {
    config;
    smoothed = 0;
    variation = 0;
    minimum = 0;
    base = config.rto_initial_ns;
    backoff = 0;
  }

let smoothed t = t.smoothed
let variation t = t.variation
let minimum t = t.minimum

(* Section 2.2 and 2.3, with alpha = 1/8, beta = 1/4, K = 4. The minimum
   bounds the variance term, not the sum, so that a timeout never comes less
   than that after the expected acknowledgement. *)
let sample t rtt =
  let rtt = Int.max rtt 1 in
  if t.smoothed = 0 then begin
    t.smoothed <- rtt;
    t.variation <- rtt / 2;
    t.minimum <- rtt
  end
  else begin
    let error = abs (t.smoothed - rtt) in
    t.variation <- t.variation + ((error - t.variation) / 4);
    t.smoothed <- t.smoothed + ((rtt - t.smoothed) / 8);
    t.minimum <- Int.min t.minimum rtt
  end;
  let margin = Int.max t.config.rto_min_ns (4 * t.variation) in
  t.base <- Int.min t.config.rto_max_ns (t.smoothed + margin);
  t.backoff <- 0

(* Doubled by each timeout (rule 5.5), up to the limit; the shift is bounded lest it
   overflow. *)
let timeout t = Int.min t.config.rto_max_ns (t.base lsl Int.min t.backoff 16)
let back_off t = t.backoff <- t.backoff + 1
