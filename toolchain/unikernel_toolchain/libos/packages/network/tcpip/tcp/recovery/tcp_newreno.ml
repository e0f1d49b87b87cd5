(* One segment more for each window that was acknowledged (RFC 5681 section 3.1,
   RFC 3465 section 2.1). *)

let create ~mss =
  let acked_bytes = ref 0 in
  let avoid ~now:_ ~rtt:_ ~acked ~window =
    acked_bytes := !acked_bytes + acked;
    if !acked_bytes < window then window
    else begin
      acked_bytes := !acked_bytes - window;
      window + mss
    end
  in
  let back_off ~window:_ ~in_flight = Int.max (in_flight / 2) (2 * mss) in
  let restart () = acked_bytes := 0 in
  { Tcp_algorithm.name = "newreno"; avoid; back_off; restart }
