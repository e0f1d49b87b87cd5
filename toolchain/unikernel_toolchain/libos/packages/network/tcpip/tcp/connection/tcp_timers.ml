(* A timer is a time in the TCB: setting one costs a store, and whichever is the
   earliest is the connection's place in the timer queue. [expire] may come late, or
   for a timer that was put off since, and then does nothing. *)

open Tcp_tcb

type outcome = Continue | Gave_up

let deadline c =
  let timers =
    min
      (Int.min c.retransmit_at c.reorder_at)
      (Int.min c.close_deadline c.keepalive_at)
  in
  match Tcp_receive.ack_due c.receive with
  | By at -> Int.min timers at
  | Nothing | Now -> timers

let is_handshake c =
  match c.state with
  | Syn_sent | Syn_received -> true
  | Closed | Established | Fin_wait_1 | Fin_wait_2 | Close_wait | Closing
  | Last_ack | Time_wait ->
      false

(* RFC 6298 rules 5.4 to 5.6. *)
(* A lost SYN has no window to lower; all else goes back to slow start, with every
   segment in flight to be sent again. *)
let retransmit c ~now =
  let in_flight = c.nxt - c.una in
  if not (is_handshake c) then begin
    Tcp_path_mtu.timed_out c ~now;
    Tcp_recovery.timed_out c.recovery c.congestion ~in_flight ~point:c.nxt
  end;
  Tcp_scoreboard.mark_all_lost c.scoreboard;
  c.duplicates <- 0;
  c.tail_probe <- None;
  c.reorder_at <- never;
  Tcp_rtt.back_off c.rtt;
  Tcp_retransmission_timer.after_timeout c ~now

(* RFC 8985 section 7.3: repeats the last segment, so that its acknowledgement
   reveals what is missing before it; as much of it as is sure to fit. *)
let probe_tail c ~now =
  let chunk = Tcp_scoreboard.last c.scoreboard in
  if chunk.status = In_flight then begin
    Tcp_path_mtu.abandon_probe c ~now;
    let size = Tcp_path_mtu.safe_payload c in
    if chunk.stop - chunk.start > size then
      Tcp_scoreboard.split c.scoreboard chunk (chunk.stop - size);
    Tcp_scoreboard.mark_lost c.scoreboard (Tcp_scoreboard.last c.scoreboard);
    c.tail_probe <- Some c.nxt
  end;
  Tcp_retransmission_timer.after_timeout c ~now

(* RFC 9293 section 3.8.6.1: at growing intervals for as long as data waits. *)
let probe_window c ~now =
  if stream_end c > c.nxt then begin
    c.probe_due <- true;
    Tcp_rtt.back_off c.rtt;
    c.retransmit_at <- now + Tcp_rtt.timeout c.rtt
  end
  else c.retransmit_at <- never

let retries_max c =
  if is_handshake c then c.config.syn_retries else c.config.retries

(* A peer that never answered has nothing to reset. *)
let give_up c =
  let outcome = if c.state = Syn_sent then Continue else Gave_up in
  fail c (match c.soft_error with Some why -> Unreachable why | None -> Timed_out);
  outcome

let retransmission c ~now =
  match c.timer with
  | Tail_loss_probe ->
      probe_tail c ~now;
      Continue
  | (Retransmission | Zero_window_probe) when c.retries >= retries_max c -> give_up c
  | Retransmission ->
      c.retries <- c.retries + 1;
      retransmit c ~now;
      Continue
  | Zero_window_probe ->
      c.retries <- c.retries + 1;
      probe_window c ~now;
      Continue

let reordering c ~now =
  c.reorder_at <- never;
  Tcp_acknowledge.detect_losses c ~now;
  Continue

(* RFC 9293 section 3.8.4. The timer is not moved with each segment that comes:
   when it expires it looks when the last one did. *)
let keepalive c ~now =
  match c.keepalive with
  | None ->
      c.keepalive_at <- never;
      Continue
  | Some { after_ns; interval_ns; probes } ->
      let idle_at = c.received_at + after_ns in
      if now < idle_at then begin
        c.keepalive_at <- idle_at;
        Continue
      end
      else if c.keepalive_probes >= probes then give_up c
      else begin
        c.keepalive_probes <- c.keepalive_probes + 1;
        c.probe_due <- true;
        c.keepalive_at <- now + interval_ns;
        Continue
      end

(* A half-closed connection lives while its peer is heard and its owner reads. *)
let extended_deadline c =
  if c.state <> Fin_wait_2 || c.abandoned then 0
  else
    let since =
      if c.reader () then c.received_at else Int.min c.received_at c.used_at
    in
    since + c.config.fin_wait_2_ns

let closing c ~now =
  let until = extended_deadline c in
  if now < until then begin
    c.close_deadline <- until;
    Continue
  end
  else give_up c

let delayed_acknowledgement c ~now =
  match Tcp_receive.ack_due c.receive with
  | By at when at <= now -> Tcp_receive.ack_now c.receive
  | By _ | Nothing | Now -> ()

(* The timer that gives the connection up is the last to run. *)
let expire c ~now =
  delayed_acknowledgement c ~now;
  let expired at timer = function
    | Gave_up -> Gave_up
    | Continue -> if at <= now then timer c ~now else Continue
  in
  Continue
  |> expired c.reorder_at reordering
  |> expired c.retransmit_at retransmission
  |> expired c.close_deadline closing
  |> expired c.keepalive_at keepalive
