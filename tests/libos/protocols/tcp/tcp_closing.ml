(* packages: tcp-simulation virtual-network *)
(* After the application has closed: every state ends, whatever the peer does, and
   keeps nothing that nobody will read. *)

open Case
open Tcp_script

let int = equal string_of_int
let second = 1_000_000_000
let ms n = n * 1_000_000
let bytes n = String.make n 'x'
let take verdict = check "taken" (verdict = Tcp_input.Done)
let stray verdict = check "RST" (verdict = Tcp_input.Send_reset)
let abandon t = Tcp_connection.abandon t.tcb ~now:t.now
let gone t = Tcp_connection.state t.tcb = Closed
let held t = Tcp_receive.cost t.tcb.receive

let has_reset sent =
  List.exists (fun s -> s.segment.Tcp_segment.control = Reset) sent

(* FIN was sent; the peer acknowledges it unless told otherwise. *)
let closed ?(acknowledged = true) () =
  let t = established ~options:modern () in
  close t;
  ignore (expect_one "FIN" (flush t) : sent);
  if acknowledged then take (peer t ~ack:2 "");
  t

let seconds_until_gone t ~limit each =
  let rec go n =
    if gone t then n
    else if n > limit then
      failwith (Format.asprintf "still in %a" Tcp_state.pp (Tcp_connection.state t.tcb))
    else begin
      each n;
      ignore (flush t : sent list);
      ignore (wait t second : sent list);
      go (n + 1)
    end
  in
  let n = go 0 in
  Printf.printf "        after %d s\n" n

(* {2 Nobody will read: RFC 9293 section 3.6.1, RFC 1122 section 4.2.2.13} *)

let () =
  case "data from a peer that knew of the close gets RST" (fun () ->
      let t = closed () in
      abandon t;
      expect_none "silence" (flush t);
      stray (peer t ~ack:2 "data");
      check "gone" (gone t));
  case "what is unread at the close is dropped, the peer told of it in the end" (fun () ->
      let t = closed ~acknowledged:false () in
      take (peer t ~ack:1 (bytes 1000));
      take (peer t ~ack:2 ~seq:1001 "");
      check "kept" (held t > 0);
      abandon t;
      int "held" 0 (held t);
      take (peer t ~ack:2 ~seq:1001 (bytes 1000));
      int "acknowledged" 2001 (ack t (expect_one "acknowledgement" (flush t)));
      int "held" 0 (held t);
      expect_none "patience" (wait t (ms 1900));
      check "RST" (has_reset (wait t (ms 200)));
      check "gone" (gone t));
  case "a peer in the middle of sending gets its answer, then RST" (fun () ->
      let t = closed ~acknowledged:false () in
      abandon t;
      let seq = ref 1 in
      let send ~ack =
        let verdict = peer t ~ack ~seq:!seq (bytes 1000) in
        ignore (flush t : sent list);
        seq := !seq + 1000;
        verdict
      in
      for _ = 1 to 1000 do
        take (send ~ack:1)
      done;
      take (send ~ack:2);
      let rec count n = if send ~ack:2 = Tcp_input.Done then count (n + 1) else n in
      let taken = count 0 in
      Printf.printf "        %d segments after the acknowledgement\n" taken;
      int "taken" (Tcp_config.default.linger_bytes / 1000) taken;
      int "held" 0 (held t));
  case "a peer that closes while we linger closes in order" (fun () ->
      let t = closed ~acknowledged:false () in
      abandon t;
      take (peer t ~ack:2 (bytes 1000));
      take (peer t ~ack:2 ~seq:1001 ~control:Fin "");
      check "no RST" (not (has_reset (flush t)));
      expect_state t Time_wait);
  case "out of order, too, nothing is held" (fun () ->
      let t = closed ~acknowledged:false () in
      take (peer t ~ack:1 ~seq:501 (bytes 500));
      abandon t;
      take (peer t ~ack:1 ~seq:2001 (bytes 500));
      int "held" 0 (held t));
  case "before the close nothing is abandoned" (fun () ->
      let t = established () in
      take (peer t ~ack:1 "data");
      abandon t;
      equal Fun.id "read" "data" (read t));
  case "who reads after its close goes on reading" (fun () ->
      let t = closed () in
      t.tcb.reader <- (fun () -> true);
      for i = 0 to 99 do
        take (peer t ~ack:2 ~seq:(1 + (i * 1000)) (bytes 1000));
        int "read" 1000 (String.length (read t));
        ignore (wait t (20 * second) : sent list)
      done)

(* {2 Every state ends} *)

let () =
  case "FIN-WAIT-1: FIN is never acknowledged" (fun () ->
      let t = closed ~acknowledged:false () in
      seconds_until_gone t ~limit:70 ignore);
  case "FIN-WAIT-1: a window that never opens" (fun () ->
      let t = established () in
      write t (bytes 10_000);
      close t;
      ignore (flush t : sent list);
      seconds_until_gone t ~limit:70 (fun _ -> take (peer t ~ack:1 ~window:0 "")));
  case "FIN-WAIT-1: a byte is acknowledged at a time" (fun () ->
      let t = established () in
      write t (bytes 100_000);
      close t;
      ignore (flush t : sent list);
      seconds_until_gone t ~limit:100 (fun n -> take (peer t ~ack:(1 + n) "")));
  case "FIN-WAIT-1: SACKed and reneged for ever" (fun () ->
      let t = established ~options:modern () in
      write t (bytes 10_000);
      close t;
      ignore (flush t : sent list);
      seconds_until_gone t ~limit:100 (fun n ->
          let left = 1 + (n mod 9 * 988) in
          let sack = [ our_block left (left + 988) ] in
          let timestamps = Some { Tcp_segment.value = 0; echo = 10 } in
          let options = { Tcp_segment.no_options with sack; timestamps } in
          take (peer t ~ack:1 ~options "")));
  case "FIN-WAIT-2: a peer that says nothing new, for ever" (fun () ->
      let t = closed () in
      seconds_until_gone t ~limit:70 (fun _ -> take (peer t ~ack:2 "")));
  case "FIN-WAIT-2: a peer that goes on sending, unread" (fun () ->
      let t = closed () in
      seconds_until_gone t ~limit:70 (fun n ->
          ignore (peer t ~ack:2 ~seq:(1 + n) "x" : Tcp_input.outcome)));
  case "CLOSING" (fun () ->
      let t = closed ~acknowledged:false () in
      take (peer t ~control:Fin ~ack:1 "");
      expect_state t Closing;
      seconds_until_gone t ~limit:70 (fun _ -> take (peer t ~ack:1 ~seq:2 "")));
  case "LAST-ACK" (fun () ->
      let t = established () in
      take (peer t ~control:Fin ~ack:1 "");
      write t (bytes 10_000);
      close t;
      expect_state t Last_ack;
      ignore (flush t : sent list);
      seconds_until_gone t ~limit:70 (fun n ->
          take (peer t ~ack:(1 + n) ~seq:2 ~window:1 "")));
  case "a slow peer that takes all gets it" (fun () ->
      let t = established () in
      let size = 400_000 in
      write t (bytes size);
      close t;
      for n = 1 to 80 do
        ignore (flush t : sent list);
        ignore (wait t second : sent list);
        take (peer t ~ack:(1 + min (n * 5000) (sent_until t - 1)) "")
      done;
      ignore (flush t : sent list);
      take (peer t ~ack:(sent_until t) "");
      check "all of it" (sent_until t = size + 2);
      expect_state t Fin_wait_2)
