type due = Nothing | By of int | At_once

type t = {
  config : Tcp_config.t;
  mutable budget : Tcp_budget.t;
  queue : Cstruct.t Queue.t;
  pending : Tcp_reassembly.t;
  compact : Tcp_compact.t;
  mutable next : int;
  mutable edge : int;
  mutable last_acknowledged : int;
  mutable shift : int;
  mutable mss : int;
  mutable segment : int;  (* the largest the peer has sent *)
  mutable unread : int;
  mutable fin : int;
  mutable due : due;
  mutable quick : int;  (* acknowledgements not to delay *)
  mutable duplicate : (int * int) option;
  mutable out_of_order : int;
  mutable limit : int;
  mutable round_start : int;
  mutable round_bytes : int;
}

(* Not to starve the peer's slow start, the first few are not delayed. *)
let quick_acknowledgements = 16
let smallest_segment = 536
let window_field_max = 0xffff

let create (config : Tcp_config.t) budget =
  {
    config;
    budget;
    queue = Queue.create ();
    pending = Tcp_reassembly.create ();
    compact = Tcp_compact.create ();
    next = 0;
    edge = 0;
    last_acknowledged = 0;
    shift = 0;
    mss = smallest_segment;
    segment = smallest_segment;
    unread = 0;
    fin = max_int;
    due = Nothing;
    quick = quick_acknowledgements;
    duplicate = None;
    out_of_order = 0;
    limit = config.receive_buffer;
    round_start = 0;
    round_bytes = 0;
  }

let allowance t =
  if Tcp_budget.is_spent t.budget then Int.min t.limit (2 * t.segment) else t.limit

let initial_window t = Int.min (allowance t) window_field_max

let start t ~now ~next ~mss ~shift =
  t.next <- next;
  t.last_acknowledged <- next;
  t.edge <- next + initial_window t;
  t.mss <- mss;
  t.shift <- shift;
  if shift = 0 then t.limit <- Int.min t.limit window_field_max;
  t.round_start <- now

let next t = t.next
let edge t = t.edge
let unread t = t.unread
let due t = t.due
let last_acknowledged t = t.last_acknowledged
let demand t = t.due <- At_once

let enqueue t data =
  let length = Cstruct.length data in
  Queue.add data t.queue;
  Tcp_budget.spend t.budget length;
  t.unread <- t.unread + length;
  t.next <- t.next + length

let rec drain t =
  match Tcp_reassembly.take t.pending t.next with
  | None -> ()
  | Some data ->
      enqueue t data;
      drain t

let delay t ~now length =
  let before = t.next - length - t.last_acknowledged in
  if before + length >= 2 * t.segment || t.quick > 0 then begin
    if t.quick > 0 then t.quick <- t.quick - 1;
    demand t
  end
  else
    match t.due with
    | Nothing -> t.due <- By (now + t.config.delayed_ack_ns)
    | By _ | At_once -> ()

let in_order t ~now data =
  enqueue t data;
  if Tcp_reassembly.is_empty t.pending then delay t ~now (Cstruct.length data)
  else begin
    drain t;
    demand t
  end

let ahead t start data =
  let fresh = Tcp_reassembly.insert t.pending start data in
  if not fresh then t.duplicate <- Some (start, start + Cstruct.length data);
  t.out_of_order <- t.out_of_order + 1;
  demand t

let cut t start data =
  let length = Cstruct.length data in
  let limit = Int.min t.edge t.fin in
  let skip = Int.min length (Int.max 0 (t.next - start)) in
  let stop = Int.max skip (Int.min length (limit - start)) in
  Cstruct.sub data skip (stop - skip)

let data t ~now ~start ~unit_size payload =
  let length = Cstruct.length payload in
  t.segment <- Int.max t.segment (Int.min t.mss unit_size);
  if start < t.next then begin
    t.duplicate <- Some (start, Int.min t.next (start + length));
    demand t
  end;
  let fresh = cut t start payload in
  if Cstruct.length fresh = 0 then demand t
  else
    let kept = Tcp_compact.keep t.compact fresh in
    if start <= t.next then in_order t ~now kept else ahead t start kept

let fin t position =
  if position >= t.next && position <= t.edge && t.fin = max_int then begin
    t.fin <- position;
    demand t
  end

let reached_fin t =
  let reached = t.next = t.fin in
  if reached then begin
    t.next <- t.next + 1;
    t.edge <- Int.max t.edge t.next;
    demand t
  end;
  reached

(* How far the window could reach now. *)
let reach t = t.next + Int.max 0 (allowance t - t.unread)

let grow t ~now ~rtt length =
  t.round_bytes <- t.round_bytes + length;
  if now - t.round_start >= rtt then begin
    let wanted = Int.min t.config.receive_buffer_max (2 * t.round_bytes) in
    if t.shift > 0 then t.limit <- Int.max t.limit wanted;
    t.round_start <- now;
    t.round_bytes <- 0
  end

(* Silly window avoidance (RFC 9293 section 3.8.6.2.2): an update on its own
   only for a quarter of the buffer. *)
let read t ~now ~rtt =
  match Queue.take_opt t.queue with
  | None -> None
  | Some data ->
      let length = Cstruct.length data in
      t.unread <- t.unread - length;
      Tcp_budget.spend t.budget (-length);
      grow t ~now ~rtt length;
      if t.fin = max_int && reach t - t.edge >= t.limit / 4 then demand t;
      Some data

let leave_budget t =
  Tcp_budget.spend t.budget (-t.unread);
  t.budget <- Tcp_budget.create max_int

let discard t = Tcp_reassembly.clear t.pending

let window_field t =
  let reach = reach t in
  if reach - t.edge >= Int.min t.segment (t.limit / 2) then t.edge <- reach;
  let unit = 1 lsl t.shift in
  let field = Int.min window_field_max ((t.edge - t.next + unit - 1) lsr t.shift) in
  (* Rounding up promises a little more: what is told must be taken. *)
  t.edge <- Int.max t.edge (t.next + (field lsl t.shift));
  field

let acknowledged t =
  t.due <- Nothing;
  t.last_acknowledged <- t.next

let sequence_block (left, right) =
  (Tcp_sequence.of_int left, Tcp_sequence.of_int right)

let sack t ~room =
  let rec first n = function
    | [] -> []
    | _ when n = 0 -> []
    | block :: rest -> sequence_block block :: first (n - 1) rest
  in
  let blocks = Tcp_reassembly.blocks t.pending in
  match t.duplicate with
  | None -> first room blocks
  | Some duplicate ->
      t.duplicate <- None;
      first room (duplicate :: blocks)

let has_sack t =
  t.duplicate <> None || not (Tcp_reassembly.is_empty t.pending)

let out_of_order t =
  let n = t.out_of_order in
  t.out_of_order <- 0;
  n
