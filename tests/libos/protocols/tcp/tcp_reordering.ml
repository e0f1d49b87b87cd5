(* packages: tcp-simulation virtual-network *)
(* What was overtaken was not lost: windows lowered for it are raised again, and a link
   that delays most frames by far more than its fastest still carries much. *)

let ms n = n * 1_000_000

(* {2 One recovery, undone by reports of duplicates} *)

let options sack =
  let ranges = List.map (fun (left, right) -> Tcp_script.our_block left right) sack in
  { Tcp_segment.no_options with sack = ranges }

let acknowledges t ~ack sack =
  let verdict = Tcp_script.peer t ~ack ~options:(options sack) "" in
  Case.check "taken" (verdict = Tcp_input.Done)

let window t = Tcp_congestion.window (Tcp_script.tcb t).congestion

(* Segments 1 and 2 of ten are late: the peer has 3 to 10, and they are sent again. *)
let after_recovery () =
  let options = { Tcp_script.plain with sack_permitted = true } in
  let t = Tcp_script.established ~options () in
  Tcp_script.write t (String.make 10_000 'x');
  Case.equal string_of_int "sent" 10 (List.length (Tcp_script.flush t));
  let before = window t in
  t.now <- t.now + ms 10;
  acknowledges t ~ack:1 [ (2001, 10_001) ];
  let resent = Tcp_script.flush t @ Tcp_script.wait t (ms 5) in
  let bytes = List.map (fun (s : Tcp_script.sent) -> String.length s.payload) resent in
  Case.equal string_of_int "bytes sent again" 2000 (List.fold_left ( + ) 0 bytes);
  acknowledges t ~ack:10_001 [];
  Case.check "the window was lowered" (window t < before);
  (t, before)

let () =
  Case.case "all duplicates: undone" @@ fun () ->
  let t, before = after_recovery () in
  acknowledges t ~ack:10_001 [ (1, 1001) ];
  Case.check "too early" (window t < before);
  acknowledges t ~ack:10_001 [ (1001, 2001) ];
  Case.check "the window is back" (window t >= before)

let () =
  Case.case "a duplicate of what was sent once proves nothing" @@ fun () ->
  let t, before = after_recovery () in
  acknowledges t ~ack:10_001 [ (1, 1001) ];
  acknowledges t ~ack:10_001 [ (10_001, 12_001) ];
  Case.check "not undone" (window t < before)

(* {2 Goodput} *)

let bytes = 20_000_000

let conditions =
  { Tcp_link.perfect with delay_ns = ms 1 / 5; reorder = 0.75; reorder_ns = ms 20 }

let goodput there =
  let pair = Tcp_pair.create ~there ~back:conditions () in
  let outcome = Tcp_transfer.one_way pair ~bytes ~limit_s:600 in
  Printf.printf "  %.2f MB/s\n" (outcome.goodput /. 1e6);
  outcome.goodput

let () =
  Case.case "frames overtake each other" @@ fun () ->
  Case.check "goodput below 1 MB/s" (goodput conditions >= 1e6)

let () =
  Case.case "and some are lost" @@ fun () ->
  Case.check "goodput below 0.6 MB/s" (goodput { conditions with loss = 0.01 } >= 0.6e6)
