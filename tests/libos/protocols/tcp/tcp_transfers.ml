(* packages: tcp-simulation virtual-network *)
(* Two cores over a faulty link in virtual time: everything arrives intact both
   ways, whatever the conditions, and at a goodput in proportion to them. *)

let ms n = n * 1_000_000
let mss = 1448.
let base = { Tcp_link.perfect with delay_ns = ms 10 }
let round_trip_s = 0.020

(* What AIMD reaches under random loss (Mathis et al. 1997). *)
let loss_bound p = mss /. round_trip_s *. sqrt (1.5 /. p)

(* Slow start doubles ten segments each round trip, after one for the SYN. *)
let start_bound ~bytes =
  let bytes = float_of_int bytes in
  bytes /. (round_trip_s *. (1. +. Float.log2 (1. +. (bytes /. (10. *. mss)))))

let bytes = 2_000_000

let ideal (c : Tcp_link.conditions) ~window =
  let p = c.loss +. c.corrupt in
  let by_loss = if p > 0. then loss_bound p else infinity in
  let by_window = float_of_int window /. round_trip_s in
  List.fold_left min (float_of_int c.rate)
    [ by_loss; by_window; start_bound ~bytes ]

let config ~algorithm ~window =
  {
    Tcp_config.default with
    algorithm;
    receive_buffer = min window Tcp_config.default.receive_buffer;
    receive_buffer_max = window;
  }

let name = function Tcp_config.Newreno -> "newreno" | Cubic -> "cubic"

let report (c : Tcp_link.conditions) ~algorithm ~window
    (o : Tcp_transfer.outcome) =
  Printf.printf "  %-7s window %7d " (name algorithm) window;
  Printf.printf "loss %.3f reorder %.2f duplicate %.2f corrupt %.2f: " c.loss
    c.reorder c.duplicate c.corrupt;
  Printf.printf "%6.2f MB/s, %3.0f %% of the ideal\n"
    (o.goodput /. 1e6)
    (100. *. o.goodput /. ideal c ~window)

let check_goodput conditions ~window ~least (o : Tcp_transfer.outcome) =
  Case.check
    (Printf.sprintf "goodput below %.2f of the ideal" least)
    (o.goodput >= least *. ideal conditions ~window)

let point ~algorithm ~window ~least conditions =
  let config = config ~algorithm ~window in
  let pair =
    Tcp_pair.create ~config_a:config ~config_b:config ~there:conditions
      ~back:conditions ()
  in
  let outcome = Tcp_transfer.both_ways pair ~bytes ~limit_s:600 in
  report conditions ~algorithm ~window outcome;
  check_goodput conditions ~window ~least outcome

let each values f = List.iter f values

(* The random walk of one short transfer needs a wide margin. *)
let least = 0.25

let sweep algorithm ~window =
  each [ 0.; 0.001; 0.01; 0.05; 0.1 ] @@ fun loss ->
  each [ 0.; 0.05; 0.3 ] @@ fun reorder ->
  each [ 0.; 0.05 ] @@ fun duplicate ->
  each [ 0.; 0.01 ] @@ fun corrupt ->
  let faults = { base with loss; reorder; reorder_ns = ms 5; duplicate; corrupt } in
  point ~algorithm ~window ~least faults

let () =
  each [ Tcp_config.Cubic; Newreno ] @@ fun algorithm ->
  each [ 16_384; 262_144; 4_194_304 ] @@ fun window ->
  let title = Printf.sprintf "%s, window %d" (name algorithm) window in
  Case.case title (fun () -> sweep algorithm ~window)

let () =
  Case.case "long transfers with CUBIC" @@ fun () ->
  let window = 4_194_304 in
  point ~algorithm:Cubic ~window ~least:0.7 { base with loss = 0.01 };
  point ~algorithm:Cubic ~window ~least:0.6 { base with loss = 0.05 }

let () =
  Case.case "bursts that the device cuts" @@ fun () ->
  each [ 0.; 0.001; 0.01; 0.05 ] @@ fun loss ->
  let there = { base with loss } in
  let offload = { Tcp_pair.tso_max = 65_535; turn_ns = 100_000 } in
  let pair = Tcp_pair.create ~offload ~there ~back:base () in
  let outcome = Tcp_transfer.one_way pair ~bytes ~limit_s:600 in
  let window = 4_194_304 in
  report there ~algorithm:Cubic ~window outcome;
  check_goodput there ~window ~least:0.4 outcome
