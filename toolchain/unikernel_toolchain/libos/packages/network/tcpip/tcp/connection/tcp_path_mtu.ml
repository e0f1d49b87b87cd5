(* Two ways to the same size. A router's "packet too big" lowers it at once (RFC 1191,
   RFC 8201). Where routers are silent, full segments vanish while smaller ones
   arrive: a black hole, told from congestion by what has ever arrived at this size
   ([mss_confirmed]), and answered by the floor that every path takes. From there a
   larger segment is tried with data behind it (RFC 4821 section 7), whose
   acknowledgement alone raises the size; its loss alone costs no window:

      confirmed --too big, black hole--> lower --probe acknowledged--> confirmed
          ^                                 |
          +---- three probes lost: wait ----+                                     *)

open Tcp_tcb

let least_unit = 536
let v6_header_bytes = 60
let is_v6 c = c.header_bytes >= v6_header_bytes
let floor_payload c = payload_within c (Path_mtu.floor ~v6:(is_v6 c))
let packet c payload = payload + c.header_bytes + options_bytes c

(* The congestion window is kept in bytes, and goes on in segments of another size. *)
let set_size c size =
  c.path <- size;
  let mss = path_mss c in
  if mss <> c.mss then begin
    c.mss <- mss;
    c.mss_confirmed <- false;
    c.congestion <- Tcp_congestion.resized c.congestion c.config.algorithm ~mss
  end

let start_at c ~header_bytes known =
  c.header_bytes <- header_bytes;
  c.path <- c.local_mss + header_bytes;
  match known with
  | Some (size, until) when size < c.path ->
      c.raise_at <- until;
      set_size c size
  | Some _ | None -> ()

(* {2 Downwards} *)

let forget_probe c = c.path_probe <- none

(* RFC 8899, section 5.1.2: MAX_PROBES. *)
let max_probes = 3

let lower c ~raise_at size =
  forget_probe c;
  set_size c size;
  c.raise_at <- raise_at;
  c.path_probes <- 0;
  c.path_changed <- true

(* RFC 8201, section 5.4: not a loss that tells of congestion. *)
let resize_in_flight c = Tcp_recovery.resize c.recovery ~in_flight:(c.nxt - c.una) ~point:c.nxt

(* A tail probe that is under way says nothing once its segment was cut. *)
let mark_lost_where c is_lost =
  Tcp_scoreboard.iter c.scoreboard (fun chunk ->
      if chunk.status = In_flight && is_lost chunk then Tcp_scoreboard.mark_lost c.scoreboard chunk;
      `Continue);
  if Tcp_scoreboard.lost c.scoreboard > 0 then begin
    c.tail_probe <- None;
    resize_in_flight c
  end

(* All sent at the former size. *)
let mark_oversized_lost c =
  mark_lost_where c (fun (chunk : Tcp_scoreboard.chunk) -> chunk.stop - chunk.start > c.mss)

let mark_lost_at c start = mark_lost_where c (fun (chunk : Tcp_scoreboard.chunk) -> chunk.start = start)

let abandon_probe c ~now =
  if c.path_probe <> none then begin
    forget_probe c;
    c.path_probes <- c.path_probes + 1;
    if c.path_probes = max_probes then begin
      c.path_probes <- 0;
      c.raise_at <- now + Path_mtu.life_ns
    end
  end

(* What a probe met may be more than what was known. *)
let too_big c ~now ~sequence ~reported =
  let of_probe = sequence = c.path_probe and before = c.mss in
  let largest = if of_probe then c.path_probe_size else before in
  match Path_mtu.lowered ~v6:(is_v6 c) ~current:(packet c largest) ~reported with
  | None -> ()
  | Some size ->
      lower c ~raise_at:(now + Path_mtu.life_ns) size;
      if c.mss < before then mark_oversized_lost c else if of_probe then mark_lost_at c sequence

(* The least at once, and up again from there: a wrong guess, when the path was
   just cut, costs a few round trips. A peer without SACK cannot tell of a
   probe's loss alone: down in steps, and there it stays. *)
let step_down c ~now =
  let v6 = is_v6 c and current = packet c c.mss in
  let floor = Path_mtu.floor ~v6 in
  if c.sack && floor < current then lower c ~raise_at:now floor
  else if not c.sack then
    Option.iter (lower c ~raise_at:never) (Path_mtu.step_down ~v6 current)

let suspicious_timeouts = 2

(* Something smaller was sacked, or the timer ran out twice: then size may be the
   cause. *)
let is_suspicious c =
  c.retries >= suspicious_timeouts || ((not c.mss_confirmed) && Tcp_scoreboard.sacked c.scoreboard > 0)

let timed_out c ~now =
  abandon_probe c ~now;
  if is_suspicious c && not (Tcp_scoreboard.is_empty c.scoreboard) then begin
    let first = Tcp_scoreboard.first c.scoreboard in
    if first.stop - first.start > floor_payload c then step_down c ~now
  end

(* {2 Evidence} *)

(* The next try, if there is more to be had, need not wait. *)
let probe_succeeded c payload =
  set_size c (packet c payload);
  c.path_probes <- 0;
  c.path_changed <- true

let segment_arrived c ~start ~stop =
  if start = c.path_probe && stop - start >= c.path_probe_size then begin
    forget_probe c;
    probe_succeeded c c.path_probe_size
  end;
  c.mss_confirmed <- true

let only_probe_lost c =
  match Tcp_scoreboard.first_lost c.scoreboard with
  | Some chunk -> chunk.start = c.path_probe && chunk.stop - chunk.start = Tcp_scoreboard.lost c.scoreboard
  | None -> false

(* Of one segment, chance may be the cause. *)
let black_hole_segments = 2

let is_black_hole c =
  c.sack && (not c.mss_confirmed) && Tcp_scoreboard.lost c.scoreboard >= black_hole_segments * c.mss

let step_down_helps c ~now =
  let before = c.mss in
  step_down c ~now;
  c.mss < before

(* Answers true when an episode is under way in which the window stays. *)
let explains_loss c ~now =
  let of_probe = c.path_probe <> none && only_probe_lost c in
  abandon_probe c ~now;
  if of_probe then resize_in_flight c
  else if is_black_hole c && step_down_helps c ~now then mark_oversized_lost c;
  Tcp_recovery.phase c.recovery <> Open

let least_round_trip c = if c.mss_confirmed then Tcp_rtt.minimum c.rtt else 0

(* {2 Upwards} *)

let safe_payload c =
  if c.mss_confirmed then c.mss
  else Int.min c.mss (floor_payload c)

(* What nearly every path takes comes before all that both ends do. *)
let next_size c =
  let common = payload_within c Path_mtu.common in
  if c.mss < common then Int.min common c.mss_negotiated else c.mss_negotiated

let probe_due c ~now =
  let may_probe = Tcp_recovery.phase c.recovery = Open && c.path_probe = none in
  if now >= c.raise_at && may_probe && c.sack && c.mss < c.mss_negotiated then next_size c
  else 0

let probe_sent c ~start ~size =
  c.path_probe <- start;
  c.path_probe_size <- size
