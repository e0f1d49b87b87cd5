(* What may leave is decided anew at each flush, from the TCB alone: lost data first,
   then new data as the peer's window, the congestion window, Nagle and the path
   allow, then an acknowledgement if none went along. A segment may be longer than the
   MSS when the device cuts it (TSO): it is then a whole number of MSSs, but for the
   last of the stream. *)

open Tcp_tcb

type emit =
  Tcp_segment.t -> Cstruct.t list -> length:int -> unit_size:int -> unit

(* A peer without SACK counts duplicate acknowledgements: it gets them singly,
   within reason. *)
let duplicates_max = 8

let transmit_syn c ~now emit =
  Tcp_receive.acknowledged c.receive;
  emit (Tcp_segment_builder.syn c ~now) [] ~length:0 ~unit_size:c.mss

let transmit c ~now ~unit_size emit start stop =
  if start = c.iss then transmit_syn c ~now emit
  else begin
    let tail = stream_end c in
    let last = Int.min stop tail in
    let control = if stop > tail then Tcp_segment.Fin else Plain in
    let push = last = tail && last > start in
    let payload = Tcp_send_queue.slice c.queue start last in
    let header = Tcp_segment_builder.data c ~now ~sequence:start ~control ~push in
    (* A full segment has no room for blocks: they follow on their own. *)
    if not (c.sack && Tcp_receive.has_sack c.receive) then
      Tcp_receive.acknowledged c.receive;
    c.sent_at <- now;
    emit header payload ~length:(last - start) ~unit_size
  end

(* A burst leaves some of the window for others, so that the loss of one
   leaves acknowledgements coming. *)
let tso_size c =
  let share = Tcp_congestion.window c.congestion / 4 in
  let limit = Int.min c.tso_max (Int.max (2 * c.mss) share) in
  Int.max c.mss (limit / c.mss * c.mss)

let burst c = if c.mss <= Tcp_path_mtu.least_unit then c.mss else tso_size c
let congestion_room c = Tcp_congestion.window c.congestion - pipe c

(* {2 Sending again} *)

let retransmit_chunk c ~now emit (chunk : Tcp_scoreboard.chunk) size =
  if chunk.stop - chunk.start > size then
    Tcp_scoreboard.split c.scoreboard chunk (chunk.start + size);
  let start = chunk.start and stop = chunk.stop in
  Tcp_scoreboard.mark_retransmitted c.scoreboard ~now chunk;
  let stamp = stamp c ~now in
  Tcp_recovery.retransmitted c.recovery ~start ~stamp ~bytes:(stop - start);
  transmit c ~now ~unit_size:c.mss emit start stop

(* Room for one segment lets one leave, so that a small window cannot stop
   recovery; more leaves in whole segments. *)
let rec retransmit c ~now emit =
  match Tcp_scoreboard.first_lost c.scoreboard with
  | None -> ()
  | Some chunk ->
      let room = congestion_room c in
      if room >= Int.min c.mss (chunk.stop - chunk.start) && not c.backpressured then begin
        let size = Int.min (burst c) (Int.max c.mss (room / c.mss * c.mss)) in
        retransmit_chunk c ~now emit chunk size;
        retransmit c ~now emit
      end

(* {2 Sending for the first time} *)

type decision =
  | Send of int  (* bytes *)
  | Send_fin  (* nothing but FIN *)
  | Nothing
  | Wait_for_window
  | Wait_for_congestion
  | Wait_for_more  (* Nagle *)

(* Nagle's rule as Minshall amended it: only a small segment waits, and only
   for another small one. *)
let may_be_small c =
  let tail = stream_end c in
  c.fin_queued || tail <= c.nodelay_until || c.small_until <= c.una

let whole_segments c size = size / c.mss * c.mss

(* Sender's silly window avoidance (RFC 9293 section 3.8.6.2.1): less than a segment
   leaves only when it is half of the largest window the peer ever offered. *)
let limited c ~size ~by_peer =
  if not by_peer then Wait_for_congestion
  else if size > 0 && size >= c.send_window_max / 2 then Send size
  else Wait_for_window

(* [peer] may be negative: the peer took back some of its window. *)
let decide_data c data =
  let peer = c.una + c.send_window - c.nxt and room = congestion_room c in
  let size = Int.min (Int.min data (burst c)) (Int.max 0 (Int.min peer room)) in
  if size >= c.mss then
    if size = data && may_be_small c then Send size
    else Send (whole_segments c size)
  else if size < data then limited c ~size ~by_peer:(peer <= room)
  else if may_be_small c then Send size
  else Wait_for_more

let decide c =
  let data = stream_end c - c.nxt in
  if data > 0 then decide_data c data
  else if data = 0 && c.fin_queued then Send_fin
  else Nothing

(* Scoreboard, recovery and SND.NXT move together, whatever is sent. *)
let record_sent c ~now stop =
  Tcp_scoreboard.sent c.scoreboard ~now c.nxt stop;
  Tcp_recovery.sent c.recovery ~bytes:(stop - c.nxt);
  c.nxt <- stop

(* FIN goes with the last data when it is queued already. *)
let send_data c ~now emit size =
  let start = c.nxt and stop = c.nxt + size in
  let tail = stream_end c in
  if size mod c.mss > 0 then c.small_until <- stop;
  let stop = if stop = tail && c.fin_queued then stop + 1 else stop in
  record_sent c ~now stop;
  transmit c ~now ~unit_size:c.mss emit start stop

let send_fin c ~now emit =
  let start = c.nxt in
  record_sent c ~now (start + 1);
  transmit c ~now ~unit_size:c.mss emit start (start + 1)

(* RFC 7661: a window that is not in use does not grow, except that slow start
   may run ahead twofold. *)
let note_window_use c =
  c.window_used <-
    Tcp_congestion.in_slow_start c.congestion
    && 2 * pipe c >= Tcp_congestion.window c.congestion

(* RFC 4821 section 7.4: with more behind it, so that its loss shows at once. *)
(* The peer's window and the congestion window must have room for all of it. *)
let fits_probe c size =
  size > 0
  && stream_end c - c.nxt >= size + c.mss
  && c.una + c.send_window - c.nxt >= size
  && congestion_room c >= size

let send_path_probe c ~now emit size =
  let start = c.nxt in
  record_sent c ~now (start + size);
  Tcp_path_mtu.probe_sent c ~start ~size;
  transmit c ~now ~unit_size:size emit start (start + size)

let probe_path c ~now emit =
  let size = Tcp_path_mtu.probe_due c ~now in
  if fits_probe c size then send_path_probe c ~now emit size

let rec send_new c ~now emit =
  if now >= c.raise_at && not c.backpressured then probe_path c ~now emit;
  if not (c.backpressured || Tcp_scoreboard.chunks c.scoreboard >= chunks_max) then
    match decide c with
    | Send size ->
        send_data c ~now emit size;
        send_new c ~now emit
    | Send_fin -> send_fin c ~now emit
    | Wait_for_congestion -> c.window_used <- true
    | Wait_for_window ->
        note_window_use c;
        Tcp_retransmission_timer.probe_window c ~now
    | Wait_for_more | Nothing -> note_window_use c

(* RFC 5681 section 4.1: after an idle time of one RTO the window says nothing about
   the path any more. *)
let restart_if_idle c ~now =
  let idle = now - c.sent_at > Tcp_rtt.timeout c.rtt in
  if idle && Tcp_scoreboard.is_empty c.scoreboard && stream_end c > c.nxt then
    Tcp_congestion.restart_after_idle c.congestion

let send_stream c ~now emit =
  restart_if_idle c ~now;
  retransmit c ~now emit;
  if Tcp_scoreboard.lost c.scoreboard = 0 then send_new c ~now emit

let send_first_syn c ~now emit =
  record_sent c ~now (c.iss + 1);
  transmit_syn c ~now emit

(* {2 Empty segments} *)

let acknowledge c ~now emit ~sequence =
  let header = Tcp_segment_builder.acknowledgement c ~now ~sequence in
  Tcp_receive.acknowledged c.receive;
  emit header [] ~length:0 ~unit_size:c.mss

let acknowledgements c =
  let held = Tcp_receive.out_of_order c.receive in
  if c.sack then 1 else Int.max 1 (Int.min held duplicates_max)

(* A probe repeats the last number acknowledged: it is outside the peer's window, and
   so must be answered (RFC 9293 sections 3.8.4 and 3.8.6.1). *)
let send_empty c ~now emit =
  if c.probe_due then begin
    c.probe_due <- false;
    acknowledge c ~now emit ~sequence:(c.una - 1)
  end;
  if Tcp_receive.ack_due c.receive = Now then
    for _ = 1 to acknowledgements c do
      acknowledge c ~now emit ~sequence:c.nxt
    done

let flush c ~now emit =
  (match c.state with
   | Closed | Time_wait | Fin_wait_2 -> ()
   | Syn_sent | Syn_received ->
       if c.nxt = c.iss then send_first_syn c ~now emit
       else retransmit c ~now emit
   | Established | Fin_wait_1 | Close_wait | Closing | Last_ack ->
       send_stream c ~now emit);
  (match c.state with
   | Closed | Syn_sent -> ()
   | Syn_received | Established | Fin_wait_1 | Fin_wait_2 | Close_wait
   | Closing | Last_ack | Time_wait ->
       send_empty c ~now emit);
  Tcp_retransmission_timer.after_sending c ~now

let reset c ~now emit =
  emit (Tcp_segment_builder.reset c ~now) [] ~length:0 ~unit_size:c.mss
