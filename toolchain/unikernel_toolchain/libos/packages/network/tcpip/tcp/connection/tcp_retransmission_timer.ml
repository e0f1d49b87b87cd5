(* One timer for three purposes, as RFC 8985 section 7.2 has it: while something is in
   flight it is a tail loss probe's, if one makes sense, else RFC 6298's; while
   nothing is in flight and the peer's window is closed, a window probe's.

   The RTO runs from [progress_at], not from now: a probe that expired before does not
   put it off. *)

open Tcp_tcb

let arm c timer at =
  c.timer <- timer;
  c.retransmit_at <- at

let timeout_at c = c.progress_at + Tcp_rtt.timeout c.rtt

(* What a peer may delay the acknowledgement of a lone segment. *)
let delayed_ack_max_ns = 200_000_000

(* With something sacked RACK sees the loss; without an RTT there is no telling when;
   one probe is enough until its answer came. *)
let may_probe_tail c =
  c.sack && c.tail_probe = None
  && Tcp_rtt.smoothed c.rtt > 0
  && Tcp_recovery.phase c.recovery = Open
  && Tcp_scoreboard.sacked c.scoreboard = 0

(* PTO = 2 * SRTT, and the peer's delayed acknowledgement where only one segment is in
   flight (RFC 8985 section 7.2). *)
let probe_at c ~now =
  let lone = Tcp_scoreboard.in_flight c.scoreboard <= c.mss in
  let grace = if lone then delayed_ack_max_ns else 2_000_000 in
  Int.min (now + (2 * Tcp_rtt.smoothed c.rtt) + grace) (timeout_at c)

let start c ~now =
  if may_probe_tail c then arm c Tail_loss_probe (probe_at c ~now)
  else arm c Retransmission (timeout_at c)

(* The first segment after a pause starts the timer. Later ones put off the probe
   only: the RTO is of the oldest segment (RFC 6298 rule 5.1). *)
let after_sending c ~now =
  if not (Tcp_scoreboard.is_empty c.scoreboard) then
    match c.timer with
    | (Retransmission | Tail_loss_probe) when c.retransmit_at = never ->
        c.progress_at <- now;
        start c ~now
    | Zero_window_probe ->
        c.progress_at <- now;
        start c ~now
    | Tail_loss_probe when c.sent_at = now -> start c ~now
    | Retransmission | Tail_loss_probe -> ()

let after_progress c ~now =
  c.progress_at <- now;
  if Tcp_scoreboard.is_empty c.scoreboard then arm c Retransmission never else start c ~now

let after_timeout c ~now =
  c.progress_at <- now;
  arm c Retransmission (timeout_at c)

let probe_window c ~now =
  let running = c.timer = Zero_window_probe && c.retransmit_at <> never in
  if Tcp_scoreboard.is_empty c.scoreboard && not running then begin
    c.retries <- 0;
    arm c Zero_window_probe (now + Tcp_rtt.timeout c.rtt)
  end
