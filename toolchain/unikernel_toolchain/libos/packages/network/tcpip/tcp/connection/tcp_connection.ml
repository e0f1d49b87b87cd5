(* What a connection's owner may do, each as a few writes to its TCB. Sending is
   never done here: [flush] looks at the TCB and sends what follows from it, so that
   whatever happened in one turn leaves in as few segments as possible. *)

open Tcp_tcb

type t = Tcp_tcb.t

(* A whole number of segments within what the IP length field tells, headers
   included. *)
let tso_limit = 65_535 - 128

let set_tso_max c bytes = c.tso_max <- Int.min bytes tso_limit

let connect config budgets ~now ~local_port ~remote_port ~local_mss ~tso_max ~iss
    ~ts_offset =
  let c =
    create config budgets ~now ~local_port ~remote_port ~local_mss ~iss
      ~ts_offset
  in
  set_tso_max c tso_max;
  step c Open;
  c

let passive config budgets ~now ~local_mss ~tso_max ~iss ~ts_offset
    (h : Tcp_segment.t) =
  let c =
    create config budgets ~now ~local_port:h.destination_port
      ~remote_port:h.source_port ~local_mss ~iss ~ts_offset
  in
  set_tso_max c tso_max;
  step c Receive_syn;
  c

let accept config budgets ~now ~local_mss ~tso_max ~iss ~ts_offset h =
  let c = passive config budgets ~now ~local_mss ~tso_max ~iss ~ts_offset h in
  negotiate c ~now h;
  c

(* The TCB is made as if the SYN had just come and our SYN-ACK were in flight, and
   the acknowledgement that brought the cookie is then processed like any other. *)
let accept_cookie config budgets ~now ~local_mss ~tso_max ~ts_offset
    (h : Tcp_segment.t) ~options =
  let acknowledged =
    Option.value h.acknowledgement ~default:Tcp_sequence.zero
  in
  let iss = Tcp_sequence.pred acknowledged in
  let c = passive config budgets ~now ~local_mss ~tso_max ~iss ~ts_offset h in
  let sequence = Tcp_sequence.pred h.sequence in
  negotiate c ~now { h with sequence; control = Syn; options };
  Tcp_scoreboard.sent c.scoreboard ~now c.iss (c.iss + 1);
  (* When the cookie left is not known: no round trip to measure. *)
  Tcp_scoreboard.(mark_retransmitted c.scoreboard ~now (first c.scoreboard));
  c.nxt <- c.iss + 1;
  c

let keep_alive c keepalive = c.keepalive <- Some keepalive

let may_write c =
  match c.state with
  | Established | Close_wait -> true
  | Closed | Syn_sent | Syn_received | Fin_wait_1 | Fin_wait_2 | Closing
  | Last_ack | Time_wait ->
      false

let write c buffers =
  if may_write c then List.iter (Tcp_send_queue.push c.queue) buffers

let send_promptly c = c.nodelay_until <- stream_end c

(* Room for the window twice, so that the next one is at hand. *)
let room c =
  let wanted = 2 * Tcp_congestion.window c.congestion in
  let limit = Int.max c.config.send_buffer (Int.min c.config.send_buffer_max wanted) in
  let share = Int.max (2 * c.mss) (Tcp_send_queue.share c.queue) in
  Int.min limit share - Tcp_send_queue.cost c.queue

let least_round_ns = 1_000_000

let read c ~now =
  c.used_at <- now;
  let rtt = Int.max least_round_ns (Tcp_rtt.smoothed c.rtt) in
  Tcp_receive.read c.receive ~now ~rtt

let at_end c =
  Tcp_receive.unread c.receive = 0
  &&
  match c.state with
  | Closed | Close_wait | Closing | Last_ack | Time_wait -> true
  | Fin_wait_1 | Fin_wait_2 -> c.abandoned
  | Syn_sent | Syn_received | Established -> false

(* Time for what is still to be acknowledged at a rate that any link has: a peer
   that acknowledges a byte now and then is not kept for ever. *)
let closing_ns c =
  let bytes = Tcp_send_queue.length c.queue in
  c.config.closing_ns + (bytes * 1_000_000_000 / c.config.closing_rate)

let close c ~now =
  match c.state with
  | Established | Close_wait ->
      c.fin_queued <- true;
      c.used_at <- now;
      c.close_deadline <- now + closing_ns c;
      step c Close
  | Syn_sent | Syn_received -> fail c Was_reset
  | Closed | Fin_wait_1 | Fin_wait_2 | Closing | Last_ack | Time_wait -> ()

let abandon c ~now =
  match c.state with
  | Fin_wait_1 | Fin_wait_2 | Closing | Last_ack | Time_wait ->
      if not c.abandoned then begin
        c.abandoned <- true;
        Tcp_receive.abandon c.receive;
        if c.state = Fin_wait_2 then half_closed c ~now
      end
  | Closed | Syn_sent | Syn_received | Established | Close_wait -> ()

let unreachable c why = if c.state = Syn_sent then fail c (Unreachable why)

(* RFC 5927: an ICMP error may be forged. What the code does with each is in
   Ip_errors: only a SYN's attempt is ended by one. *)
let apply c ~now ~sequence : Ip_errors.reason -> unit = function
  | Too_big reported -> if Tcp_state.may_send c.state then Tcp_path_mtu.too_big c ~now ~sequence ~reported
  | Unreachable why when c.state = Syn_sent -> unreachable c why
  | Unreachable why | Soft_error why -> c.soft_error <- Some why

let report c ~now ~sequence reason =
  let sequence = Tcp_sequence.unwrap ~near:c.una sequence in
  if c.una <= sequence && sequence < c.nxt then apply c ~now ~sequence reason

let abort c ~now emit =
  match c.state with
  | Closed -> ()
  | Time_wait | Syn_sent -> fail c Was_reset
  | Syn_received | Established | Fin_wait_1 | Fin_wait_2 | Close_wait
  | Closing | Last_ack ->
      Tcp_output.reset c ~now emit;
      fail c Was_reset

let state c = c.state
let failure c = c.failure

let is_flushed c =
  Tcp_send_queue.length c.queue = 0
  && ((not c.fin_queued) || (fin_sent c && c.una = c.nxt))

let input = Tcp_input.segment

let expire c ~now emit =
  match Tcp_timers.expire c ~now with
  | Continue -> ()
  | Gave_up -> Tcp_output.reset c ~now emit

let flush = Tcp_output.flush
let deadline = Tcp_timers.deadline
