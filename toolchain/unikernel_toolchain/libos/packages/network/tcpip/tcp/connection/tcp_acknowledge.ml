open Tcp_tcb

(* Blocks that lie in what is in flight go to the scoreboard. A leading block
   below the acknowledgement, or within the second, reports a duplicate
   (RFC 2883 section 4). *)
let is_duplicate c (left, (right : int)) rest =
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

let mark_blocks c blocks noted =
  let mark (left, right) =
    if c.una < right && left < right && right <= c.nxt then
      Tcp_scoreboard.sack c.scoreboard (Int.max left c.una) right ~most:(chunks_allowed c)
        noted
  in
  List.iter mark blocks

let undo c =
  if Tcp_recovery.phase c.recovery <> Open then Tcp_scoreboard.find_again c.scoreboard;
  Tcp_recovery.undo c.recovery c.congestion

let take_duplicate c (left, right) =
  Tcp_rack.spurious c.rack ~round_ends:c.nxt ~una:c.una;
  c.tail_probe <- None;
  if Tcp_recovery.duplicated c.recovery ~una:c.una ~left ~right then undo c

let take_blocks c noted = function
  | [] -> ()
  | blocks -> (
      match List.map (unwrap_block c) blocks with
      | first :: rest when is_duplicate c first rest ->
          take_duplicate c first;
          mark_blocks c rest noted
      | blocks -> mark_blocks c blocks noted)

let advance c ack noted =
  Tcp_scoreboard.acknowledge c.scoreboard ack noted;
  c.una <- ack;
  Tcp_send_queue.release c.queue ack;
  c.retries <- 0;
  c.soft_error <- None;
  c.changed <- true

(* RFC 9293 section 3.10.7.4. *)
let take_window c (h : Tcp_segment.t) ~sequence ack =
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

let echo (h : Tcp_segment.t) =
  match h.options.timestamps with
  | Some { echo; _ } when echo <> 0 -> Some echo
  | Some _ | None -> None

(* Karn's rule, unless timestamps tell which transmission is answered. *)
let sample_round_trip c ~now h =
  match Tcp_rack.round_trip c.rack ~now with
  | Some rtt -> Tcp_rtt.sample c.rtt rtt
  | None -> (
      match echo h with
      | Some echo when c.timestamps ->
          let stamp = Tcp_sequence.of_int (stamp c ~now) in
          let age = Tcp_sequence.(difference stamp (of_int echo)) in
          if age >= 0 then Tcp_rtt.sample c.rtt (age * 1_000_000)
      | Some _ | None -> ())

(* {2 Loss} *)

let duplicates_threshold = 3

let lose_first c =
  if not (Tcp_scoreboard.is_empty c.scoreboard) then begin
    let first = Tcp_scoreboard.first c.scoreboard in
    if first.stop - first.start > c.mss then
      Tcp_scoreboard.split c.scoreboard first (first.start + c.mss);
    if first.status = In_flight then Tcp_scoreboard.lose c.scoreboard first
  end

(* RFC 6582, for a peer without SACK. *)
let count_duplicates c ~advanced ~is_duplicate =
  let repairing = Tcp_recovery.phase c.recovery = Repairing in
  if advanced then begin
    c.duplicates <- 0;
    if repairing then lose_first c
  end
  else if is_duplicate && not (Tcp_scoreboard.is_empty c.scoreboard) then begin
    c.duplicates <- c.duplicates + 1;
    if c.duplicates = duplicates_threshold && not repairing then lose_first c
  end

let detect_by_time c ~now =
  let recovering = Tcp_recovery.phase c.recovery <> Open in
  let again =
    Tcp_rack.detect c.rack c.scoreboard c.rtt ~now ~mss:c.mss ~recovering
  in
  c.reorder_at <- (if again = 0 then never else again)

let leave_if_over c =
  match Tcp_recovery.phase c.recovery with
  | Open -> ()
  | Repairing | Restarting ->
      if c.una >= Tcp_recovery.point c.recovery then begin
        Tcp_recovery.leave c.recovery c.congestion;
        Tcp_rack.recovered c.rack;
        c.duplicates <- 0
      end

let enter_if_lost c ~now =
  if
    Tcp_scoreboard.lost c.scoreboard > 0
    && Tcp_recovery.phase c.recovery = Open
    && not (Tcp_path_mtu.explains_loss c ~now)
  then
    Tcp_recovery.enter c.recovery c.congestion ~in_flight:(c.nxt - c.una)
      ~point:c.nxt

let look_for_losses c ~now =
  detect_by_time c ~now;
  enter_if_lost c ~now

let undo_if_spurious c h =
  match echo h with
  | Some echo when c.timestamps ->
      if Tcp_recovery.is_spurious c.recovery ~una:c.una ~echo then begin
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
  | Repairing ->
      let guessed = if is_duplicate && not c.sack then c.mss else 0 in
      let delivered = delivered + guessed in
      Tcp_recovery.proportion c.recovery c.congestion ~pipe:(pipe c) ~delivered
        ~mss:c.mss
  | Open | Restarting ->
      let restarting = Tcp_recovery.phase c.recovery = Restarting in
      if advanced && (c.window_used || restarting) then
        let rtt = Tcp_rtt.smoothed c.rtt in
        Tcp_congestion.acknowledged c.congestion ~now ~rtt delivered

(* An acknowledgement is a duplicate by RFC 5681 section 2. *)
let is_duplicate_of c (h : Tcp_segment.t) ~payload ack =
  ack = c.una && payload = 0 && h.control = Plain
  && h.window lsl c.send_shift = c.send_window

let process c ~now (h : Tcp_segment.t) ~sequence ~payload ack =
  let advanced = ack > c.una in
  let is_duplicate = is_duplicate_of c h ~payload ack in
  let before = Tcp_scoreboard.delivered c.scoreboard in
  let least_rtt = Tcp_path_mtu.least_round_trip c in
  let noted (chunk : Tcp_scoreboard.chunk) ~stop =
    if stop - chunk.start >= c.mss && (c.path_probe <> none || not c.mss_confirmed) then
      Tcp_path_mtu.arrived c ~start:chunk.start ~stop;
    Tcp_rack.delivered c.rack ~now ~least_rtt chunk ~stop
  in
  Tcp_rack.begin_acknowledgement c.rack;
  if advanced then advance c ack noted;
  if c.sack then take_blocks c noted h.options.sack;
  take_window c h ~sequence ack;
  if c.waiting = Window_probe then c.retries <- 0;
  let delivered = Tcp_scoreboard.delivered c.scoreboard - before in
  if delivered > 0 then sample_round_trip c ~now h;
  if advanced then undo_if_spurious c h;
  leave_if_over c;
  conclude_tail_probe c;
  if c.sack then detect_by_time c ~now
  else count_duplicates c ~advanced ~is_duplicate;
  enter_if_lost c ~now;
  adjust_window c ~now ~advanced ~is_duplicate delivered;
  if advanced then Tcp_retransmission_timer.after_progress c ~now
