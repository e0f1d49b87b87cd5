type phase = Open | Repairing | Restarting

type t = {
  mutable phase : phase;
  mutable point : int;
  mutable delivered : int;
  mutable sent : int;
  mutable in_flight_before : int;
  mutable first_resent : (int * int) option;  (* position, timestamp *)
  (* Of the latest episode: where it began, bytes sent again and not reported as
     duplicates. *)
  mutable began_at : int;
  mutable doubtful : int;
}

let create () =
  {
    phase = Open;
    point = 0;
    delivered = 0;
    sent = 0;
    in_flight_before = 0;
    first_resent = None;
    began_at = 0;
    doubtful = 0;
  }

let phase t = t.phase
let point t = t.point

let start t phase ~in_flight ~point =
  t.phase <- phase;
  t.point <- point;
  t.delivered <- 0;
  t.sent <- 0;
  t.in_flight_before <- Int.max 1 in_flight;
  t.first_resent <- None;
  t.began_at <- point - in_flight;
  t.doubtful <- 0

let enter t congestion ~in_flight ~point =
  Tcp_congestion.enter_recovery congestion ~in_flight;
  start t Repairing ~in_flight ~point

(* A timeout within an episode keeps the threshold that began it. *)
let timed_out t congestion ~in_flight ~point =
  let first = t.phase = Open in
  Tcp_congestion.timed_out congestion ~in_flight ~first;
  if first then start t Restarting ~in_flight ~point
  else t.phase <- Restarting

let resize t ~in_flight ~point =
  if t.phase = Open then start t Restarting ~in_flight ~point

let sent t ~bytes = t.sent <- t.sent + bytes

let resent t ~start ~stamp ~bytes =
  if t.first_resent = None then t.first_resent <- Some (start, stamp);
  if t.phase <> Open then t.doubtful <- t.doubtful + bytes;
  sent t ~bytes

let proportion t congestion ~pipe ~delivered ~mss =
  t.delivered <- t.delivered + delivered;
  let threshold = Tcp_congestion.threshold congestion in
  let allowed =
    if pipe > threshold then
      let share = t.delivered * threshold in
      ((share + t.in_flight_before - 1) / t.in_flight_before) - t.sent
    else Int.min (threshold - pipe) (Int.max (t.delivered - t.sent) delivered + mss)
  in
  (* The first retransmission leaves at once. *)
  let allowed = if t.sent = 0 then Int.max allowed mss else allowed in
  Tcp_congestion.set_window congestion (pipe + Int.max 0 allowed)

let is_spurious t ~una ~echo =
  match t.first_resent with
  | Some (start, stamp) when una > start && t.phase <> Open ->
      (* Only the acknowledgement that covers it can tell. *)
      t.first_resent <- Some (max_int, stamp);
      Tcp_sequence.(lt (of_int echo) (of_int stamp))
  | Some _ | None -> false

let duplicated t ~una ~left ~right =
  let ours = t.doubtful > 0 && t.began_at <= left && right <= una in
  if ours then t.doubtful <- Int.max 0 (t.doubtful - (right - left));
  ours && t.doubtful = 0

let close t =
  t.phase <- Open;
  t.first_resent <- None

let leave t congestion =
  if t.phase = Repairing then Tcp_congestion.leave_recovery congestion;
  close t

let undo t congestion =
  Tcp_congestion.undo congestion;
  close t
