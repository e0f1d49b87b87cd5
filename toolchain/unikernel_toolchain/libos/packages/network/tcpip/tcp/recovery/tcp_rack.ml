(* RACK tells loss by time instead of by counting duplicates: a segment is lost when
   one sent later has arrived, and a reordering window has passed since. Whether it
   was a first transmission or not makes no difference, so that lost retransmissions
   are found too. Variables have RFC 8985's names; numbers of steps are those of its
   section 6.2. *)

open Tcp_scoreboard

type t = {
  (* The chunk sent last among those delivered. *)
  mutable xmit_ts : int;
  mutable end_seq : int;
  mutable rtt : int;
  mutable fack : int;
  mutable reordered : bool;
  mutable reo_wnd_mult : int;
  mutable reo_wnd_persist : int;
  mutable dsack_round : int;
  mutable once_sent_at : int;
}

let create () =
  {
    xmit_ts = min_int;
    end_seq = 0;
    rtt = 0;
    fack = 0;
    reordered = false;
    reo_wnd_mult = 1;
    reo_wnd_persist = 0;
    dsack_round = 0;
    once_sent_at = min_int;
  }

let begin_acknowledgement t = t.once_sent_at <- min_int

(* RACK_sent_after: by time, and by position among what left at one time. *)
let before t ~sent_at ~stop =
  sent_at < t.xmit_ts || (sent_at = t.xmit_ts && stop < t.end_seq)

(* An acknowledgement sooner than any round trip answers the original. *)
let is_ambiguous (chunk : chunk) ~now ~least_rtt =
  chunk.retransmitted && now - chunk.sent_at < least_rtt

(* Steps 2 and 3. A segment sent once that arrives below the highest one to have
   arrived was overtaken: the path reorders. *)
let delivered t ~now ~least_rtt (chunk : chunk) ~stop =
  if not chunk.retransmitted then begin
    t.once_sent_at <- Int.max t.once_sent_at chunk.sent_at;
    if stop < t.fack then t.reordered <- true
  end;
  t.fack <- Int.max t.fack stop;
  let newer = not (before t ~sent_at:chunk.sent_at ~stop) in
  if newer && not (is_ambiguous chunk ~now ~least_rtt) then begin
    t.xmit_ts <- chunk.sent_at;
    t.end_seq <- stop;
    t.rtt <- now - chunk.sent_at
  end

let round_trip t ~now =
  if t.once_sent_at = min_int then None else Some (now - t.once_sent_at)

let reo_wnd_persist_initial = 16

(* Step 4: each round trip with a DSACK widens the window by one quarter of the
   smoothed RTT; it is forgotten after 16 recoveries without one. *)
let spurious t ~round_ends ~una =
  t.reordered <- true;
  t.reo_wnd_persist <- reo_wnd_persist_initial;
  if una >= t.dsack_round then begin
    t.dsack_round <- round_ends;
    t.reo_wnd_mult <- t.reo_wnd_mult + 1
  end

let recovered t =
  t.reo_wnd_persist <- t.reo_wnd_persist - 1;
  if t.reo_wnd_persist <= 0 then t.reo_wnd_mult <- 1

(* Three segments out of order are loss, until reordering was seen. *)
let duplicates_threshold = 3

(* The RFC lets the window grow in quarters of the least round trip, up to the
   smoothed one. Where the fastest segments take next to no time that needs
   hundreds of round trips, and is too little: quarters are the smoothed one's
   here, and the limit heeds the variation as timeouts do. *)
let reordering_window t scoreboard rtt ~mss ~recovering =
  let many = sacked scoreboard >= duplicates_threshold * mss in
  let smoothed = Tcp_rtt.smoothed rtt in
  if (not t.reordered) && (recovering || many) then 0
  else
    let learned = (t.reo_wnd_mult - 1) * smoothed / 4 in
    let limit = Int.max smoothed (4 * Tcp_rtt.variation rtt) in
    Int.min ((Tcp_rtt.minimum rtt / 4) + learned) limit

(* Once packets were seen to take ways of different length, a fast one tells
   nothing of the others. *)
let round_trip_expected t rtt =
  if t.reo_wnd_mult > 1 then Int.max t.rtt (Tcp_rtt.smoothed rtt) else t.rtt

let detect t scoreboard rtt ~now ~mss ~recovering =
  let window = reordering_window t scoreboard rtt ~mss ~recovering in
  let timeout = round_trip_expected t rtt + window in
  let again = ref 0 in
  let decide (chunk : chunk) =
    let due = chunk.sent_at + timeout in
    if due <= now then mark_lost scoreboard chunk else again := Int.max !again due
  in
  (* Chunks sent once lie in the order of their sending: the first of them
     that is younger than the last one delivered ends the search. *)
  iter scoreboard (fun chunk ->
      match chunk.status with
      | Lost | Sacked -> `Continue
      | In_flight ->
          if before t ~sent_at:chunk.sent_at ~stop:chunk.stop then begin
            decide chunk;
            `Continue
          end
          else if chunk.retransmitted then `Continue
          else `Stop);
  !again
