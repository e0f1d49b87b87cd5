(* An episode begins with a loss and ends when all that was in flight then ([point],
   RFC 6675's RecoveryPoint) is acknowledged; the window is lowered once in it:

       loss found                 una >= point: window = threshold
     Open ------> Fast_recovery ------------------------------------> Open
       | timeout       | timeout
       +----------> Rto_recovery --una >= point: slow start goes on--> Open

   In fast recovery proportional rate reduction (RFC 6937) sets the window at each
   acknowledgement. Its variables are those of section 3 there. *)

type phase = Open | Fast_recovery | Rto_recovery

type t = {
  mutable phase : phase;
  mutable point : int;
  mutable prr_delivered : int;
  mutable prr_out : int;
  mutable recover_fs : int;
  mutable first_retransmitted : (int * int) option;  (* position, timestamp *)
  (* Of the latest episode: where it began, bytes sent again and not reported as
     duplicates. *)
  mutable began_at : int;
  mutable undo_bytes : int;
}

let create () =
  {
    phase = Open;
    point = 0;
    prr_delivered = 0;
    prr_out = 0;
    recover_fs = 0;
    first_retransmitted = None;
    began_at = 0;
    undo_bytes = 0;
  }

let phase t = t.phase
let point t = t.point

(* RecoverFS is a divisor. *)
let start t phase ~in_flight ~point =
  t.phase <- phase;
  t.point <- point;
  t.prr_delivered <- 0;
  t.prr_out <- 0;
  t.recover_fs <- Int.max 1 in_flight;
  t.first_retransmitted <- None;
  t.began_at <- point - in_flight;
  t.undo_bytes <- 0

let enter t congestion ~in_flight ~point =
  Tcp_congestion.enter_recovery congestion ~in_flight;
  start t Fast_recovery ~in_flight ~point

(* A timeout within an episode keeps the threshold that began it. *)
let timed_out t congestion ~in_flight ~point =
  let first = t.phase = Open in
  Tcp_congestion.timed_out congestion ~in_flight ~first;
  if first then start t Rto_recovery ~in_flight ~point
  else t.phase <- Rto_recovery

let resize t ~in_flight ~point =
  if t.phase = Open then start t Rto_recovery ~in_flight ~point

let sent t ~bytes = t.prr_out <- t.prr_out + bytes

let retransmitted t ~start ~stamp ~bytes =
  if t.first_retransmitted = None then t.first_retransmitted <- Some (start, stamp);
  if t.phase <> Open then t.undo_bytes <- t.undo_bytes + bytes;
  sent t ~bytes

(* While the pipe is above the threshold, sending is to delivery as the threshold to
   what was in flight; below, the slow start reduction bound lets it grow back. *)
let prr_update t congestion ~pipe ~delivered ~mss =
  t.prr_delivered <- t.prr_delivered + delivered;
  let threshold = Tcp_congestion.threshold congestion in
  let allowed =
    if pipe > threshold then
      let share = t.prr_delivered * threshold in
      ((share + t.recover_fs - 1) / t.recover_fs) - t.prr_out
    else Int.min (threshold - pipe) (Int.max (t.prr_delivered - t.prr_out) delivered + mss)
  in
  (* The first retransmission leaves at once. *)
  let allowed = if t.prr_out = 0 then Int.max allowed mss else allowed in
  Tcp_congestion.set_window congestion (pipe + Int.max 0 allowed)

let is_spurious t ~una ~echo =
  match t.first_retransmitted with
  | Some (start, stamp) when una > start && t.phase <> Open ->
      (* Only the acknowledgement that covers it can tell. *)
      t.first_retransmitted <- Some (max_int, stamp);
      Tcp_sequence.(lt (of_int echo) (of_int stamp))
  | Some _ | None -> false

(* RFC 3708: all that was sent again in this episode turns out to have arrived twice. *)
let dsack_arrived t ~una ~left ~right =
  let ours = t.undo_bytes > 0 && t.began_at <= left && right <= una in
  if ours then t.undo_bytes <- Int.max 0 (t.undo_bytes - (right - left));
  ours && t.undo_bytes = 0

let close t =
  t.phase <- Open;
  t.first_retransmitted <- None

let leave t congestion =
  if t.phase = Fast_recovery then Tcp_congestion.leave_recovery congestion;
  close t

let undo t congestion =
  Tcp_congestion.undo congestion;
  close t
