(* packages: tcp-simulation virtual-network *)
(* The state machine, one RFC scenario a case; the peer is played by hand. *)

open Case
open Tcp_script

let int = equal string_of_int
let ms n = n * 1_000_000
let bytes n = String.make n 'x'
let take verdict = check "taken" (verdict = Tcp_input.Done)
let stray verdict = check "stray" (verdict = Tcp_input.Send_reset)

(* {2 Opening and closing: RFC 9293 section 3.5 and 3.6} *)

let () =
  case "active open" (fun () ->
      let t = syn_sent () in
      take (peer t ~control:Syn ~seq:0 ~ack:1 ~options:plain "");
      let s = expect_one "acknowledgement" (flush t) in
      int "seq" 1 (seq t s);
      int "ack" 1 (ack t s);
      expect_state t Established);
  case "passive open" (fun () ->
      let t = accepted () in
      take (peer t ~ack:1 "");
      expect_state t Established);
  case "simultaneous open" (fun () ->
      let t = syn_sent () in
      take (peer t ~control:Syn ~seq:0 ~options:plain "");
      expect_state t Syn_received;
      let s = expect_one "SYN-ACK" (flush t) in
      check "SYN" (s.segment.control = Syn);
      int "ack" 1 (ack t s);
      take (peer t ~ack:1 "");
      expect_state t Established);
  case "old duplicate SYN-ACK is answered with RST" (fun () ->
      let t = syn_sent () in
      stray (peer t ~control:Syn ~seq:0 ~ack:900 "");
      expect_state t Syn_sent);
  case "RST to a SYN: refused" (fun () ->
      let t = syn_sent () in
      take (peer t ~control:Reset ~seq:0 ~ack:1 "");
      check "refused" (Tcp_connection.failure t.tcb = Some Refused));
  case "RST without acknowledgement does not refuse" (fun () ->
      let t = syn_sent () in
      take (peer t ~control:Reset ~seq:0 "");
      expect_state t Syn_sent);
  case "SYN is repeated with backing off, then given up" (fun () ->
      let t = syn_sent () in
      int "repeats" 6 (List.length (wait t (ms 126_000)));
      ignore (wait t (ms 10_000) : sent list);
      check "timed out" (Tcp_connection.failure t.tcb = Some Timed_out));
  case "we close first" (fun () ->
      let t = established () in
      Tcp_script.close t;
      let s = expect_one "FIN" (flush t) in
      check "FIN" (s.segment.control = Fin);
      expect_state t Fin_wait_1;
      take (peer t ~ack:2 "");
      expect_state t Fin_wait_2;
      take (peer t ~control:Fin ~ack:2 "");
      int "ack of FIN" 2 (ack t (expect_one "ack" (flush t)));
      expect_state t Time_wait);
  case "the peer closes first" (fun () ->
      let t = established () in
      take (peer t ~control:Fin ~ack:1 "bye");
      expect_state t Close_wait;
      equal Fun.id "data" "bye" (read t);
      check "at end" (Tcp_connection.at_end t.tcb);
      ignore (flush t : sent list);
      Tcp_script.close t;
      expect_state t Last_ack;
      ignore (expect_one "FIN" (flush t) : sent);
      take (peer t ~seq:5 ~ack:2 "");
      expect_state t Closed);
  case "both close at once" (fun () ->
      let t = established () in
      Tcp_script.close t;
      ignore (flush t : sent list);
      take (peer t ~control:Fin ~ack:1 "");
      expect_state t Closing;
      take (peer t ~seq:2 ~ack:2 "");
      expect_state t Time_wait);
  case "half close: reading goes on after our FIN" (fun () ->
      let t = established () in
      Tcp_script.close t;
      ignore (flush t : sent list);
      take (peer t ~ack:2 "still here");
      equal Fun.id "data" "still here" (read t));
  case "half close: writing goes on after the peer's FIN" (fun () ->
      let t = established () in
      take (peer t ~control:Fin ~ack:1 "");
      write t "answer";
      let s = expect_one "data" (flush t) in
      equal Fun.id "data" "answer" s.payload);
  case "FIN-WAIT-2 ends when the peer stays silent" (fun () ->
      let t = established () in
      Tcp_script.close t;
      ignore (flush t : sent list);
      take (peer t ~ack:2 "");
      ignore (wait t (ms 59_000) : sent list);
      expect_state t Fin_wait_2;
      let s = expect_one "RST" (wait t (ms 2_000)) in
      check "RST" (s.segment.control = Reset);
      expect_state t Closed)

(* {2 RFC 5961} *)

let () =
  case "RST at the next byte resets" (fun () ->
      let t = established () in
      take (peer t ~control:Reset ~seq:1 "");
      check "reset" (Tcp_connection.failure t.tcb = Some Was_reset));
  case "RST elsewhere in the window is challenged" (fun () ->
      let t = established () in
      take (peer t ~control:Reset ~seq:100 "");
      expect_state t Established;
      int "challenge" 1 (ack t (expect_one "challenge" (flush t))));
  case "RST outside the window is ignored" (fun () ->
      let t = established () in
      take (peer t ~control:Reset ~seq:900_000 "");
      expect_none "answer" (flush t);
      expect_state t Established);
  case "SYN in the window is challenged" (fun () ->
      let t = established () in
      take (peer t ~control:Syn ~seq:50 "");
      ignore (expect_one "challenge" (flush t) : sent);
      expect_state t Established);
  case "challenges are limited" (fun () ->
      let t = established () in
      let answers = ref 0 in
      for _ = 1 to 1000 do
        take (peer t ~control:Syn ~seq:50 "");
        answers := !answers + List.length (flush t)
      done;
      int "answers" 1 !answers);
  case "acknowledgement of what was never sent" (fun () ->
      let t = established () in
      take (peer t ~ack:5000 "data");
      ignore (expect_one "challenge" (flush t) : sent);
      equal Fun.id "nothing taken" "" (read t))

(* {2 Receiving} *)

let () =
  case "out of order: acknowledged at once, SACKed, put in order" (fun () ->
      let t = established ~options:modern () in
      let timestamps = modern.timestamps in
      let stamped = { Tcp_segment.no_options with timestamps } in
      take (peer t ~seq:101 ~ack:1 ~options:stamped (bytes 100));
      let s = expect_one "duplicate" (flush t) in
      int "ack" 1 (ack t s);
      check "block" (sack t s = [ (101, 201) ]);
      take (peer t ~seq:301 ~ack:1 ~options:stamped (bytes 100));
      check "newest block first"
        (sack t (expect_one "second" (flush t)) = [ (301, 401); (101, 201) ]);
      take (peer t ~seq:1 ~ack:1 ~options:stamped (bytes 100));
      let s = expect_one "third" (flush t) in
      int "ack" 201 (ack t s);
      check "one block left" (sack t s = [ (301, 401) ]));
  case "a duplicate is reported (RFC 2883)" (fun () ->
      let t = established ~options:modern () in
      let timestamps = modern.timestamps in
      let stamped = { Tcp_segment.no_options with timestamps } in
      take (peer t ~ack:1 ~options:stamped (bytes 100));
      ignore (flush t : sent list);
      take (peer t ~ack:1 ~options:stamped (bytes 100));
      check "D-SACK" (sack t (expect_one "ack" (flush t)) = [ (1, 101) ]));
  case "overlapping pieces" (fun () ->
      let t = established () in
      take (peer t ~seq:4 ~ack:1 "defgh");
      take (peer t ~seq:3 ~ack:1 "cdefghij");
      take (peer t ~seq:1 ~ack:1 "abcde");
      equal Fun.id "text" "abcdefghij" (read t));
  case "acknowledgements are delayed, but only after the first few" (fun () ->
      let t = established () in
      for i = 0 to 19 do
        take (peer t ~seq:(1 + (10 * i)) ~ack:1 (bytes 10));
        ignore (flush t : sent list)
      done;
      take (peer t ~seq:201 ~ack:1 (bytes 10));
      expect_none "at once" (flush t);
      int "after 40 ms" 211 (ack t (expect_one "ack" (wait t (ms 41)))));
  case "data beyond the window is cut off" (fun () ->
      let config =
        { Tcp_config.default with receive_buffer = 1000; receive_buffer_max = 1000 }
      in
      let t = established ~config () in
      take (peer t ~ack:1 (bytes 1500));
      let s = expect_one "ack" (flush t) in
      int "ack" 1001 (ack t s);
      int "window" 0 s.segment.window;
      int "kept" 1000 (String.length (read t));
      int "window update" 1000 (expect_one "update" (flush t)).segment.window);
  case "all that the scaled window told is taken, and not a byte forgotten" (fun () ->
      let t = established ~options:modern () in
      let timestamps = modern.timestamps in
      let stamped = { Tcp_segment.no_options with timestamps } in
      let next = ref 1 and edge = ref 65_536 in
      (* Nobody reads: the peer fills whatever window it is told. *)
      while !next < !edge do
        let length = min 999 (!edge - !next) in
        take (peer t ~seq:!next ~ack:1 ~options:stamped (bytes length));
        next := !next + length;
        let promise s = ack t s + (s.segment.window * 128) in
        List.iter (fun s -> edge := max !edge (promise s)) (flush t)
      done;
      int "received" !next (received_until t);
      write t "x";
      ignore (flush t : sent list);
      take (peer t ~seq:!next ~ack:2 ~options:stamped "");
      check "acknowledgement at the edge" (Tcp_connection.is_flushed t.tcb));
  case "an old timestamp is dropped (PAWS)" (fun () ->
      let t = established ~options:modern () in
      let old = { Tcp_segment.no_options with timestamps = Some { value = 0; echo = 0 } } in
      t.now <- t.now - ms 900;
      take (peer t ~ack:1 ~options:old "old");
      t.now <- t.now + ms 900;
      equal Fun.id "nothing" "" (read t))

(* {2 Sending} *)

let () =
  case "Nagle: a small segment waits for the acknowledgement of another" (fun () ->
      let t = established () in
      write t "a";
      equal Fun.id "first" "a" (expect_one "first" (flush t)).payload;
      write t "b";
      write t "c";
      expect_none "while unacknowledged" (flush t);
      take (peer t ~ack:2 "");
      equal Fun.id "together" "bc" (expect_one "rest" (flush t)).payload);
  case "Nagle switched off" (fun () ->
      let t = established () in
      write t "a";
      ignore (flush t : sent list);
      write t "b";
      Tcp_connection.send_promptly t.tcb;
      equal Fun.id "at once" "b" (expect_one "second" (flush t)).payload);
  case "full segments do not wait" (fun () ->
      let t = established () in
      write t (bytes 2500);
      int "segments" 3 (List.length (flush t)));
  case "the initial window is ten segments" (fun () ->
      let t = established () in
      write t (bytes 50_000);
      int "segments" 10 (List.length (flush t)));
  case "zero window: probed, then filled" (fun () ->
      let t = established () in
      take (peer t ~ack:1 ~window:0 "");
      write t (bytes 500);
      expect_none "closed window" (flush t);
      let probes = wait t (ms 5_000) in
      check "probes back off" (List.length probes >= 2 && List.length probes <= 5);
      List.iter (fun s -> int "below the window" 0 (seq t s)) probes;
      take (peer t ~ack:1 ~window:1000 "");
      int "data" 500 (String.length (expect_one "data" (flush t)).payload));
  case "zero window: never given up while the peer answers" (fun () ->
      let t = established () in
      take (peer t ~ack:1 ~window:0 "");
      write t "x";
      ignore (flush t : sent list);
      for _ = 1 to 100 do
        ignore (wait t (ms 60_000) : sent list);
        take (peer t ~ack:1 ~window:0 "");
        ignore (flush t : sent list)
      done;
      expect_state t Established);
  case "silly window: a sliver is not filled" (fun () ->
      let t = established () in
      take (peer t ~ack:1 ~window:10 "");
      write t (bytes 5000);
      expect_none "sliver" (flush t));
  case "timeout: one segment, then twice the time" (fun () ->
      let t = established () in
      write t (bytes 5000);
      ignore (flush t : sent list);
      let s = expect_one "first" (wait t (ms 300)) in
      int "seq" 1 (seq t s);
      ignore (expect_one "second" (wait t (ms 500)) : sent));
  case "fast retransmit without SACK (RFC 6582)" (fun () ->
      let t = established () in
      write t (bytes 8000);
      ignore (flush t : sent list);
      take (peer t ~ack:1001 "");
      for _ = 1 to 3 do
        take (peer t ~ack:1001 "")
      done;
      let resent = flush t in
      int "seq" 1001 (seq t (List.hd resent));
      take (peer t ~ack:3001 "");
      int "partial acknowledgement" 3001 (seq t (List.hd (flush t))));
  case "fast retransmit with SACK" (fun () ->
      let t = established ~options:modern () in
      write t (bytes 8000);
      ignore (flush t : sent list);
      let block = our_block 1001 4001 in
      let timestamps = Some { Tcp_segment.value = 1010; echo = 10 } in
      let options = { Tcp_segment.no_options with timestamps; sack = [ block ] } in
      t.now <- t.now + ms 10;
      take (peer t ~ack:1 ~options "");
      let s = List.hd (flush t) in
      int "seq" 1 (seq t s);
      int "length, less the timestamps" 988 (String.length s.payload));
  case "limited transmit (RFC 3042)" (fun () ->
      let t = established () in
      write t (bytes 20_000);
      int "initial window" 10 (List.length (flush t));
      take (peer t ~ack:1 "");
      int "a new segment" 10_001 (seq t (expect_one "new" (flush t))));
  case "keepalive: probes, then given up" (fun () ->
      let t = syn_sent () in
      let second = ms 1000 in
      Tcp_connection.keep_alive t.tcb
        { after_ns = 10 * second; interval_ns = second; probes = 3 };
      take (peer t ~control:Syn ~seq:0 ~ack:1 ~options:plain "");
      ignore (flush t : sent list);
      expect_none "quiet" (wait t (9 * second));
      let sent = wait t (10 * second) in
      int "probes and RST" 4 (List.length sent);
      check "timed out" (Tcp_connection.failure t.tcb = Some Timed_out));
  case "keepalive: an answer keeps it alive" (fun () ->
      let t = syn_sent () in
      Tcp_connection.keep_alive t.tcb
        { after_ns = ms 1000; interval_ns = ms 1000; probes = 1 };
      take (peer t ~control:Syn ~seq:0 ~ack:1 ~options:plain "");
      ignore (flush t : sent list);
      for _ = 1 to 10 do
        ignore (wait t (ms 1500) : sent list);
        take (peer t ~ack:1 "")
      done;
      expect_state t Established)
