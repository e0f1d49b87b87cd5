(* One acknowledgement, in this order: what it delivered goes off the scoreboard and
   to RACK; then the window, the round trip, and whether the last reduction was
   spurious; then episodes of recovery end, losses are found and episodes begin; the
   congestion window is set last, when it is known which of these it was. A peer
   without SACK gets NewReno's three duplicates (RFC 6582) in place of RACK. *)

open Tcp_tcb

(* Blocks that lie in what is in flight go to the scoreboard. A leading block
   below the acknowledgement, or within the second, reports a duplicate
   (RFC 2883 section 4). *)
let is_dsack c (left, (right : int)) rest =
  right <= c.una
  ||
  match rest with
  | ((left' : int), right') :: _ -> left' <= left && right <= right'
  | [] -> false

let unwrap_block c (left, right) =
  ( Tcp_sequence.unwrap ~near:c.una left,
    Tcp_sequence.unwrap ~near:c.una right )

(* Who received our segments acknowledges whole ones. A peer that acknowledges
   single bytes does not fill memory with their chunks, each of which is looked
   at again and again. *)
let chunks_allowed c =
  Int.min chunks_max (64 + (2 * (c.nxt - c.una) / c.mss))

let mark_blocks c blocks on_delivered =
  let mark (left, right) =
    if c.una < right && left < right && right <= c.nxt then
      Tcp_scoreboard.sack c.scoreboard (Int.max left c.una) right ~max_chunks:(chunks_allowed c)
        on_delivered
  in
  List.iter mark blocks

(* The response of RFC 4015: window and threshold are those of before. *)
let undo c =
  if Tcp_recovery.phase c.recovery <> Open then Tcp_scoreboard.unmark_lost c.scoreboard;
  Tcp_recovery.undo c.recovery c.congestion

let process_dsack c (left, right) =
  Tcp_rack.spurious c.rack ~round_ends:c.nxt ~una:c.una;
  c.tail_probe <- None;
  if Tcp_recovery.dsack_arrived c.recovery ~una:c.una ~left ~right then undo c

let process_sack c on_delivered = function
  | [] -> ()
  | blocks -> (
      match List.map (unwrap_block c) blocks with
      | first :: rest when is_dsack c first rest ->
          process_dsack c first;
          mark_blocks c rest on_delivered
      | blocks -> mark_blocks c blocks on_delivered)

let advance c ack on_delivered =
  Tcp_scoreboard.acknowledge c.scoreboard ack on_delivered;
  c.una <- ack;
  Tcp_send_queue.release c.queue ack;
  c.retries <- 0;
  c.soft_error <- None;
  c.changed <- true

(* RFC 9293 section 3.10.7.4. *)
let update_window c (h : Tcp_segment.t) ~sequence ack =
  let newer =
    c.wl1 < sequence
    || (c.wl1 = sequence && c.wl2 <= ack)
  in
  if newer then begin
    let shift = if h.control = Syn then 0 else c.send_shift in
    c.send_window <- h.window lsl shift;
    c.send_window_max <- Int.max c.send_window_max c.send_window;
    c.wl1 <- sequence;
    c.wl2 <- ack
  end

let tsecr (h : Tcp_segment.t) =
  match h.options.timestamps with
  | Some { echo = tsecr; _ } when tsecr <> 0 -> Some tsecr
  | Some _ | None -> None

(* Karn's rule, unless timestamps tell which transmission is answered. *)
let sample_round_trip c ~now h =
  match Tcp_rack.round_trip c.rack ~now with
  | Some rtt -> Tcp_rtt.sample c.rtt rtt
  | None -> (
      match tsecr h with
      | Some tsecr when c.timestamps ->
          let stamp = Tcp_sequence.of_int (stamp c ~now) in
          let age = Tcp_sequence.(difference stamp (of_int tsecr)) in
          if age >= 0 then Tcp_rtt.sample c.rtt (age * 1_000_000)
      | Some _ | None -> ())

(* {2 Loss} *)

let duplicates_threshold = 3

let mark_first_lost c =
  if not (Tcp_scoreboard.is_empty c.scoreboard) then begin
    let first = Tcp_scoreboard.first c.scoreboard in
    if first.stop - first.start > c.mss then
      Tcp_scoreboard.split c.scoreboard first (first.start + c.mss);
    if first.status = In_flight then Tcp_scoreboard.mark_lost c.scoreboard first
  end

(* RFC 6582, for a peer without SACK. *)
let count_duplicates c ~advanced ~is_duplicate =
  let in_fast_recovery = Tcp_recovery.phase c.recovery = Fast_recovery in
  if advanced then begin
    c.duplicates <- 0;
    if in_fast_recovery then mark_first_lost c
  end
  else if is_duplicate && not (Tcp_scoreboard.is_empty c.scoreboard) then begin
    c.duplicates <- c.duplicates + 1;
    if c.duplicates = duplicates_threshold && not in_fast_recovery then mark_first_lost c
  end

(* The timer of RFC 8985 section 6.3 stands for segments that are not lost yet only
   because they may have been reordered. *)
let rack_detect c ~now =
  let recovering = Tcp_recovery.phase c.recovery <> Open in
  let again =
    Tcp_rack.detect c.rack c.scoreboard c.rtt ~now ~mss:c.mss ~recovering
  in
  c.reorder_at <- (if again = 0 then never else again)

let exit_recovery_if_done c =
  match Tcp_recovery.phase c.recovery with
  | Open -> ()
  | Fast_recovery | Rto_recovery ->
      if c.una >= Tcp_recovery.point c.recovery then begin
        Tcp_recovery.leave c.recovery c.congestion;
        Tcp_rack.recovered c.rack;
        c.duplicates <- 0
      end

(* A segment that was too large for its path is no sign of congestion. *)
let enter_recovery_if_lost c ~now =
  if
    Tcp_scoreboard.lost c.scoreboard > 0
    && Tcp_recovery.phase c.recovery = Open
    && not (Tcp_path_mtu.explains_loss c ~now)
  then
    Tcp_recovery.enter c.recovery c.congestion ~in_flight:(c.nxt - c.una)
      ~point:c.nxt

let detect_losses c ~now =
  rack_detect c ~now;
  enter_recovery_if_lost c ~now

(* Eifel detection (RFC 3522): the timestamp echoed is older than that of the first
   retransmission. *)
let undo_if_spurious c h =
  match tsecr h with
  | Some tsecr when c.timestamps ->
      if Tcp_recovery.is_spurious c.recovery ~una:c.una ~echo:tsecr then begin
        undo c;
        Tcp_rack.spurious c.rack ~round_ends:c.nxt ~una:c.una
      end
  | Some _ | None -> ()

(* A probe that was acknowledged without a report of a duplicate repaired a
   loss: the congestion must be answered (RFC 8985 section 7.4). *)
let conclude_tail_probe c =
  match c.tail_probe with
  | Some stop when c.una > stop ->
      c.tail_probe <- None;
      if Tcp_recovery.phase c.recovery = Open then begin
        let in_flight = c.nxt - c.una in
        Tcp_recovery.enter c.recovery c.congestion ~in_flight ~point:c.una;
        Tcp_recovery.leave c.recovery c.congestion
      end
  | Some _ | None -> ()

(* Without SACK, a duplicate stands for a segment that arrived somewhere. *)
let adjust_window c ~now ~advanced ~is_duplicate delivered =
  match Tcp_recovery.phase c.recovery with
  | Fast_recovery ->
      let guessed = if is_duplicate && not c.sack then c.mss else 0 in
      let delivered = delivered + guessed in
      Tcp_recovery.prr_update c.recovery c.congestion ~pipe:(pipe c) ~delivered
        ~mss:c.mss
  | Open | Rto_recovery ->
      let in_rto_recovery = Tcp_recovery.phase c.recovery = Rto_recovery in
      if advanced && (c.window_used || in_rto_recovery) then
        let rtt = Tcp_rtt.smoothed c.rtt in
        Tcp_congestion.acknowledged c.congestion ~now ~rtt delivered

(* An acknowledgement is a duplicate by RFC 5681 section 2. *)
let is_duplicate_of c (h : Tcp_segment.t) ~payload ack =
  ack = c.una && payload = 0 && h.control = Plain
  && h.window lsl c.send_shift = c.send_window

(* [on_delivered] is called for each range that is new to us, be it acknowledged or
   sacked. A full segment among them proves that the path takes it. *)
let process c ~now (h : Tcp_segment.t) ~sequence ~payload ack =
  let advanced = ack > c.una in
  let is_duplicate = is_duplicate_of c h ~payload ack in
  let before = Tcp_scoreboard.delivered c.scoreboard in
  let least_rtt = Tcp_path_mtu.least_round_trip c in
  let on_delivered (chunk : Tcp_scoreboard.chunk) ~stop =
    if stop - chunk.start >= c.mss && (c.path_probe <> none || not c.mss_confirmed) then
      Tcp_path_mtu.segment_arrived c ~start:chunk.start ~stop;
    Tcp_rack.delivered c.rack ~now ~least_rtt chunk ~stop
  in
  Tcp_rack.begin_acknowledgement c.rack;
  if advanced then advance c ack on_delivered;
  if c.sack then process_sack c on_delivered h.options.sack;
  update_window c h ~sequence ack;
  if c.timer = Zero_window_probe then c.retries <- 0;
  let delivered = Tcp_scoreboard.delivered c.scoreboard - before in
  if delivered > 0 then sample_round_trip c ~now h;
  if advanced then undo_if_spurious c h;
  exit_recovery_if_done c;
  conclude_tail_probe c;
  if c.sack then rack_detect c ~now
  else count_duplicates c ~advanced ~is_duplicate;
  enter_recovery_if_lost c ~now;
  adjust_window c ~now ~advanced ~is_duplicate delivered;
  if advanced then Tcp_retransmission_timer.after_progress c ~now
