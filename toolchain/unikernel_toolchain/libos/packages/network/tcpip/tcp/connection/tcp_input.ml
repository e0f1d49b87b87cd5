(* SEGMENT ARRIVES in the order of RFC 9293 section 3.10.7.4: sequence number, RST,
   SYN, acknowledgement, text, FIN. Each check comes before anything of the segment
   is believed, and a segment that passes may have been forged all the same: RST
   counts only at the very number expected, SYN not at all (RFC 5961 sections 3 and
   4), an acknowledgement only within what the peer can mean (section 5). *)

open Tcp_tcb

type outcome = Done | Send_reset

(* RFC 5961 section 7. The limit is the connection's own: one shared by all
   would tell an attacker about other connections. *)
let challenge c ~now =
  if now >= c.challenge_at then begin
    c.challenge_at <- now + c.config.challenge_interval_ns;
    Tcp_receive.ack_now c.receive
  end

(* {2 SYN-SENT} *)

let establish c ~now event =
  step c event;
  c.retries <- 0;
  c.received_at <- now;
  Option.iter
    (fun keepalive -> c.keepalive_at <- now + keepalive.after_ns)
    c.keepalive

(* RFC 9293 section 3.10.7.3, fourth. [c.nxt] is ISS + 1: nothing but the SYN can
   have been acknowledged. *)
let syn_sent_syn c ~now (h : Tcp_segment.t) =
  negotiate c ~now h;
  Tcp_receive.ack_now c.receive;
  match h.acknowledgement with
  | Some _ ->
      let sequence = Tcp_receive.next c.receive - 1 in
      Tcp_acknowledge.process c ~now h ~sequence ~payload:0 c.nxt;
      establish c ~now Receive_syn_ack
  | None ->
      (* Simultaneous open: our SYN leaves again, with an acknowledgement. *)
      step c Receive_syn;
      Tcp_scoreboard.mark_all_lost c.scoreboard

(* An acknowledgement of anything but our SYN is of an earlier connection: RST
   ends that one at the peer. An RST must acknowledge the SYN to count. *)
let syn_sent c ~now (h : Tcp_segment.t) =
  let acceptable =
    match h.acknowledgement with
    | None -> true
    | Some ack -> Tcp_sequence.unwrap ~near:c.nxt ack = c.nxt
  in
  match h.control with
  | Reset ->
      if acceptable && Option.is_some h.acknowledgement then fail c Refused;
      Done
  | Syn when acceptable ->
      syn_sent_syn c ~now h;
      Done
  | Plain | Fin | Syn -> if acceptable then Done else Send_reset

(* {2 Synchronised states} *)

let day_ns = 86_400_000_000_000

(* RFC 7323 section 5.3. *)
let paws_rejects c ~now (h : Tcp_segment.t) =
  match h.options.timestamps with
  | Some { value; _ } when c.timestamps && h.control <> Reset ->
      Tcp_sequence.(lt (of_int value) (of_int c.ts_recent))
      && now - c.ts_recent_at < 24 * day_ns
  | Some _ | None -> false

(* The four cases of RFC 9293's table of acceptability. The window counts as one
   byte at least, so that a probe of a closed one is answered. *)
let in_window c ~sequence ~length =
  let next = Tcp_receive.next c.receive in
  let edge = Int.max (Tcp_receive.edge c.receive) (next + 1) in
  if length = 0 then sequence >= next && sequence < edge + 1
  else sequence < edge && sequence + length > next

(* RFC 7323 section 4.3, rule 2: only from the segment that Last.ACK.sent falls into,
   or before it, so that the echo of a delayed acknowledgement covers the delay. *)
let update_ts_recent c ~now ~sequence (h : Tcp_segment.t) =
  match h.options.timestamps with
  | Some { value; _ }
    when c.timestamps && sequence <= Tcp_receive.last_acknowledged c.receive
    ->
      c.ts_recent <- value;
      c.ts_recent_at <- now
  | Some _ | None -> ()

(* RFC 5961 section 3.2. *)
let reset_arrived c ~now ~sequence =
  if sequence = Tcp_receive.next c.receive then
    fail c (if c.state = Syn_received then Refused else Was_reset)
  else challenge c ~now

(* [una] cannot pass [nxt]: when they are equal and FIN was sent, FIN is what was
   acknowledged last. *)
let fin_acknowledged c ~now =
  if fin_sent c && c.una = c.nxt then
    match c.state with
    | Fin_wait_1 ->
        step c Receive_ack_of_fin;
        half_closed c ~now
    | Closing | Last_ack -> step c Receive_ack_of_fin
    | Closed | Syn_sent | Syn_received | Established | Fin_wait_2
    | Close_wait | Time_wait ->
        ()

let payload_arrived c ~now ~sequence ~unit_size payload =
  if Cstruct.length payload > 0 then begin
    let before = Tcp_receive.unread c.receive in
    Tcp_receive.data c.receive ~now ~start:sequence ~unit_size payload;
    if Tcp_receive.unread c.receive > before then c.changed <- true
  end

let fin_arrived c =
  if Tcp_receive.reached_fin c.receive then step c Receive_fin

let process_text c ~now ~sequence ~unit_size (h : Tcp_segment.t) payload =
  match c.state with
  | Established | Fin_wait_1 | Fin_wait_2 ->
      payload_arrived c ~now ~sequence ~unit_size payload;
      if h.control = Fin then
        Tcp_receive.fin c.receive (sequence + Cstruct.length payload);
      fin_arrived c
  | Close_wait | Closing | Last_ack | Time_wait ->
      if Tcp_segment.sequence_length h ~payload:(Cstruct.length payload) > 0
      then Tcp_receive.ack_now c.receive
  | Closed | Syn_sent | Syn_received -> ()

(* Data that nobody will read, from a peer that knows. *)
let is_unwanted c ~payload =
  c.abandoned && c.state = Fin_wait_2 && payload > 0
  && begin
    c.linger_bytes <- c.linger_bytes - payload;
    c.linger_bytes < 0
  end

(* An old acknowledgement says nothing about our data, but the segment's own data
   may be new. *)
let acknowledge c ~now ~sequence ~unit_size h payload ack =
  let length = Cstruct.length payload in
  if ack >= c.una then
    Tcp_acknowledge.process c ~now h ~sequence ~payload:length ack;
  let unwanted = is_unwanted c ~payload:length in
  if unwanted then fail c Was_reset
  else process_text c ~now ~sequence ~unit_size h payload;
  fin_acknowledged c ~now;
  if unwanted then Send_reset else Done

let syn_received c ~now ~sequence ~unit_size h payload ack =
  if ack <= c.una || ack > c.nxt then Send_reset
  else begin
    establish c ~now Receive_ack_of_syn;
    acknowledge c ~now ~sequence ~unit_size h payload ack
  end

(* RFC 5961 section 5.2. *)
let is_acceptable_ack c ack = ack <= c.nxt && ack >= c.una - c.send_window_max

let acceptable_segment c ~now ~sequence ~unit_size (h : Tcp_segment.t) payload =
  c.received_at <- now;
  c.keepalive_probes <- 0;
  update_ts_recent c ~now ~sequence h;
  match h.acknowledgement with
  | None -> Done
  | Some ack -> (
      let ack = Tcp_sequence.unwrap ~near:c.una ack in
      match c.state with
      | Syn_received ->
          syn_received c ~now ~sequence ~unit_size h payload ack
      | Closed | Syn_sent | Established | Fin_wait_1 | Fin_wait_2
      | Close_wait | Closing | Last_ack | Time_wait ->
          if is_acceptable_ack c ack then
            acknowledge c ~now ~sequence ~unit_size h payload ack
          else begin
            challenge c ~now;
            Done
          end)

(* What is unacceptable gets an acknowledgement: data at once, for it is a
   retransmission; the rest within limits, lest two ends echo for ever. *)
let unacceptable c ~now ~sequence ~length (h : Tcp_segment.t) payload =
  if h.control <> Reset then
    if length > 0 then begin
      let stop = sequence + Cstruct.length payload in
      if stop <= Tcp_receive.next c.receive then
        payload_arrived c ~now ~sequence ~unit_size:0 payload;
      Tcp_receive.ack_now c.receive
    end
    else challenge c ~now

(* The peer has not got our SYN-ACK, and its SYN came again. *)
let repeated_syn c =
  c.state = Syn_received && Tcp_scoreboard.lost c.scoreboard = 0
  && not (Tcp_scoreboard.is_empty c.scoreboard)

let synchronised c ~now ~unit_size (h : Tcp_segment.t) payload =
  let next = Tcp_receive.next c.receive in
  let sequence = Tcp_sequence.unwrap ~near:next h.sequence in
  let payload_length = Cstruct.length payload in
  let length = Tcp_segment.sequence_length h ~payload:payload_length in
  if paws_rejects c ~now h || not (in_window c ~sequence ~length) then begin
    if h.control = Syn && sequence = next - 1 && repeated_syn c then
      Tcp_scoreboard.mark_all_lost c.scoreboard
    else unacceptable c ~now ~sequence ~length h payload;
    Done
  end
  else
    match h.control with
    | Reset ->
        reset_arrived c ~now ~sequence;
        Done
    | Syn ->
        challenge c ~now;
        Done
    | Plain | Fin -> acceptable_segment c ~now ~sequence ~unit_size h payload

let segment c ~now ~unit_size h payload =
  match c.state with
  | Closed -> Send_reset
  | Syn_sent -> syn_sent c ~now h
  | Syn_received | Established | Fin_wait_1 | Fin_wait_2 | Close_wait
  | Closing | Last_ack | Time_wait ->
      synchronised c ~now ~unit_size h payload
