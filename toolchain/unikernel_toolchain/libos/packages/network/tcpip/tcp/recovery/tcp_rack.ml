open Tcp_scoreboard

type t = {
  (* The chunk sent last among those delivered. *)
  mutable sent_at : int;
  mutable stop : int;
  mutable rtt : int;
  mutable highest : int;
  mutable reordered : bool;
  mutable multiplier : int;
  mutable persist : int;
  mutable round_ends : int;
  mutable once_sent_at : int;
}

let create () =
  {
    sent_at = min_int;
    stop = 0;
    rtt = 0;
    highest = 0;
    reordered = false;
    multiplier = 1;
    persist = 0;
    round_ends = 0;
    once_sent_at = min_int;
  }

let begin_acknowledgement t = t.once_sent_at <- min_int

let before t ~sent_at ~stop =
  sent_at < t.sent_at || (sent_at = t.sent_at && stop < t.stop)

(* An acknowledgement sooner than any round trip answers the original. *)
let ambiguous (chunk : chunk) ~now ~least_rtt =
  chunk.retransmitted && now - chunk.sent_at < least_rtt

let delivered t ~now ~least_rtt (chunk : chunk) ~stop =
  if not chunk.retransmitted then begin
    t.once_sent_at <- Int.max t.once_sent_at chunk.sent_at;
    if stop < t.highest then t.reordered <- true
  end;
  t.highest <- Int.max t.highest stop;
  let newer = not (before t ~sent_at:chunk.sent_at ~stop) in
  if newer && not (ambiguous chunk ~now ~least_rtt) then begin
    t.sent_at <- chunk.sent_at;
    t.stop <- stop;
    t.rtt <- now - chunk.sent_at
  end

let round_trip t ~now =
  if t.once_sent_at = min_int then None else Some (now - t.once_sent_at)

let persistence = 16

let spurious t ~round_ends ~una =
  t.reordered <- true;
  t.persist <- persistence;
  if una >= t.round_ends then begin
    t.round_ends <- round_ends;
    t.multiplier <- t.multiplier + 1
  end

let recovered t =
  t.persist <- t.persist - 1;
  if t.persist <= 0 then t.multiplier <- 1

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
    let learned = (t.multiplier - 1) * smoothed / 4 in
    let limit = Int.max smoothed (4 * Tcp_rtt.variation rtt) in
    Int.min ((Tcp_rtt.minimum rtt / 4) + learned) limit

(* Once packets were seen to take ways of different length, a fast one tells
   nothing of the others. *)
let round_trip_expected t rtt =
  if t.multiplier > 1 then Int.max t.rtt (Tcp_rtt.smoothed rtt) else t.rtt

let detect t scoreboard rtt ~now ~mss ~recovering =
  let window = reordering_window t scoreboard rtt ~mss ~recovering in
  let patience = round_trip_expected t rtt + window in
  let again = ref 0 in
  let judge (chunk : chunk) =
    let due = chunk.sent_at + patience in
    if due <= now then lose scoreboard chunk else again := Int.max !again due
  in
  (* Chunks sent once lie in the order of their sending: the first of them
     that is younger than the last one delivered ends the search. *)
  iter scoreboard (fun chunk ->
      match chunk.status with
      | Lost | Sacked -> `Continue
      | In_flight ->
          if before t ~sent_at:chunk.sent_at ~stop:chunk.stop then begin
            judge chunk;
            `Continue
          end
          else if chunk.retransmitted then `Continue
          else `Stop);
  !again
