(* The receiving half: RCV.NXT is [next], RCV.NXT + RCV.WND is [edge], which never
   moves back (RFC 9293 section 3.8.6): what was advertised is taken. [limit] is the
   buffer, which grows to twice what is read in a round trip; what the budget has left
   bounds it. Every byte kept is paid for at what its buffer really takes. *)

type ack_due = Nothing | By of int | Now

type t = {
  config : Tcp_config.t;
  mutable budget : Tcp_budget.t;
  queue : Cstruct.t Queue.t;
  mutable last : Cstruct.t;  (* the end of the queue, which may grow *)
  mutable cost : int;  (* of both *)
  pending : Tcp_reassembly.t;
  copybreak : Tcp_copybreak.t;
  mutable next : int;
  mutable edge : int;
  mutable last_acknowledged : int;
  mutable shift : int;
  mutable mss : int;
  mutable segment : int;  (* the largest the peer has sent *)
  mutable unread : int;
  mutable fin : int;
  mutable ack_due : ack_due;
  mutable quick_acks : int;  (* acknowledgements not to delay *)
  mutable duplicate : (int * int) option;
  mutable out_of_order : int;
  mutable limit : int;
  mutable round_start : int;
  mutable round_bytes : int;
  mutable discarding : bool;  (* nobody will read *)
  mutable dropped : bool;
}

(* Not to starve the peer's slow start, the first few are not delayed. *)
let initial_quick_acks = 16
let smallest_segment = 536
let window_field_max = 0xffff

let create (config : Tcp_config.t) budget =
  {
    config;
    budget;
    queue = Queue.create ();
    last = Cstruct.empty;
    cost = 0;
    pending = Tcp_reassembly.create ();
    copybreak = Tcp_copybreak.create ();
    next = 0;
    edge = 0;
    last_acknowledged = 0;
    shift = 0;
    mss = smallest_segment;
    segment = smallest_segment;
    unread = 0;
    fin = max_int;
    ack_due = Nothing;
    quick_acks = initial_quick_acks;
    duplicate = None;
    out_of_order = 0;
    limit = config.receive_buffer;
    round_start = 0;
    round_bytes = 0;
    discarding = false;
    dropped = false;
  }

let least t = 2 * t.segment

let allowance t =
  Int.min t.limit (Int.max (least t) (Tcp_budget.share t.budget))

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
let ack_due t = t.ack_due
let last_acknowledged t = t.last_acknowledged
let ack_now t = t.ack_due <- Now

let cost t = t.cost + Tcp_reassembly.cost t.pending

let spend t cost =
  t.cost <- t.cost + cost;
  Tcp_budget.spend t.budget cost

(* The last payload stays out of the queue, for the next may be joined to it. *)
let append t data =
  match Tcp_copybreak.join t.last data with
  | Some joined ->
      t.last <- joined;
      spend t (Cstruct.length data)
  | None ->
      if Cstruct.length t.last > 0 then Queue.add t.last t.queue;
      t.last <- data;
      spend t (Tcp_copybreak.cost data)

let enqueue t data =
  let length = Cstruct.length data in
  t.next <- t.next + length;
  if t.discarding then t.dropped <- true
  else begin
    append t data;
    t.unread <- t.unread + length
  end

let rec drain t =
  match Tcp_reassembly.take t.pending t.next with
  | None -> ()
  | Some data ->
      enqueue t data;
      drain t

(* Runs [change], which may change what is pending, and pays for that. *)
let spending t change =
  let before = Tcp_reassembly.cost t.pending in
  let result = change () in
  Tcp_budget.spend t.budget (Tcp_reassembly.cost t.pending - before);
  result

(* RFC 9293 section 3.8.6.3: at least every second full segment is acknowledged. *)
let delay t ~now length =
  let before = t.next - length - t.last_acknowledged in
  if before + length >= 2 * t.segment || t.quick_acks > 0 then begin
    if t.quick_acks > 0 then t.quick_acks <- t.quick_acks - 1;
    ack_now t
  end
  else
    match t.ack_due with
    | Nothing -> t.ack_due <- By (now + t.config.delayed_ack_ns)
    | By _ | Now -> ()

let in_order t ~now data =
  enqueue t data;
  if Tcp_reassembly.is_empty t.pending then delay t ~now (Cstruct.length data)
  else begin
    spending t (fun () -> drain t);
    ack_now t
  end

let insert t start data =
  spending t (fun () -> Tcp_reassembly.insert t.pending start data)

let has_room_out_of_order t data =
  let wanted = Tcp_reassembly.cost t.pending + Tcp_copybreak.cost data in
  (not t.discarding) && wanted <= Tcp_budget.share t.budget

(* Acknowledged at once (RFC 5681 section 4.2): the sender's loss detection lives on
   it. Without room it is dropped, which the sender takes for a loss, as it should. *)
let store_out_of_order t start data =
  if has_room_out_of_order t data then begin
    if not (insert t start data) then
      t.duplicate <- Some (start, start + Cstruct.length data);
    t.out_of_order <- t.out_of_order + 1
  end;
  ack_now t

(* The part within the window, and before FIN. *)
let trim t start data =
  let length = Cstruct.length data in
  let limit = Int.min t.edge t.fin in
  let skip = Int.min length (Int.max 0 (t.next - start)) in
  let stop = Int.max skip (Int.min length (limit - start)) in
  Cstruct.sub data skip (stop - skip)

let has_room t data = Tcp_copybreak.cost data <= Tcp_budget.left t.budget

(* Memory is short, and windows were promised when it was not. The peer sends
   again what is dropped here. The two segments that everyone may hold are taken
   both: a peer with a window of two sends two, and would wait for the second to be
   sent again each time. Tiny payloads use that up by what they cost. *)
let accept_minimum t ~now data =
  let length = Int.min (least t - t.unread) (Cstruct.length data) in
  let cost = t.cost + Tcp_copybreak.overhead + length in
  if length > 0 && cost <= least t + (2 * Tcp_copybreak.overhead) then
    in_order t ~now (Tcp_copybreak.copy (Cstruct.sub data 0 length))
  else ack_now t

(* The largest segment seen stands for the sender's MSS, as its acknowledgements are to
   come every two of those; it is bounded by ours, as devices join segments. *)
let data t ~now ~start ~unit_size payload =
  let length = Cstruct.length payload in
  t.segment <- Int.max t.segment (Int.min t.mss unit_size);
  if start < t.next then begin
    t.duplicate <- Some (start, Int.min t.next (start + length));
    ack_now t
  end;
  let fresh = trim t start payload in
  if Cstruct.length fresh = 0 then ack_now t
  else if start > t.next then store_out_of_order t start (Tcp_copybreak.copy_if_small fresh)
  else if t.discarding then in_order t ~now fresh
  else if has_room t fresh then
    in_order t ~now (Tcp_copybreak.pack_if_small t.copybreak fresh)
  else accept_minimum t ~now fresh

let fin t position =
  if position >= t.next && position <= t.edge && t.fin = max_int then begin
    t.fin <- position;
    ack_now t
  end

let reached_fin t =
  let reached = t.next = t.fin in
  if reached then begin
    t.next <- t.next + 1;
    t.edge <- Int.max t.edge t.next;
    ack_now t
  end;
  reached

(* How far the window could reach now. *)
let window_end t = t.next + Int.max 0 (allowance t - t.unread)

(* A reader that keeps up gets a window that the path can fill. Without scaling there
   is nothing to grow into. *)
let grow t ~now ~rtt length =
  t.round_bytes <- t.round_bytes + length;
  if now - t.round_start >= rtt then begin
    let wanted = Int.min t.config.receive_buffer_max (2 * t.round_bytes) in
    if t.shift > 0 then t.limit <- Int.max t.limit wanted;
    t.round_start <- now;
    t.round_bytes <- 0
  end

let dequeue t =
  if Queue.is_empty t.queue then begin
    let last = t.last in
    t.last <- Cstruct.empty;
    last
  end
  else Queue.take t.queue

(* Silly window avoidance (RFC 9293 section 3.8.6.2.2): an update on its own
   only for a quarter of the buffer, or half of what is left of it when memory is
   short. *)
let is_worth_an_update t =
  let least = Int.max t.segment (allowance t / 2) in
  window_end t - t.edge >= Int.min (t.limit / 4) least

let read t ~now ~rtt =
  if t.unread = 0 then None
  else begin
    let data = dequeue t in
    let length = Cstruct.length data in
    t.unread <- t.unread - length;
    spend t (-Tcp_copybreak.cost data);
    grow t ~now ~rtt length;
    if t.fin = max_int && is_worth_an_update t then ack_now t;
    Some data
  end

let discard t = spending t (fun () -> Tcp_reassembly.clear t.pending)

let release_budget t =
  discard t;
  Tcp_budget.spend t.budget (-t.cost);
  t.budget <- Tcp_budget.create max_int

let abandon t =
  t.dropped <- t.unread > 0 || not (Tcp_reassembly.is_empty t.pending);
  t.discarding <- true;
  discard t;
  Queue.clear t.queue;
  t.last <- Cstruct.empty;
  t.unread <- 0;
  spend t (-t.cost);
  if t.dropped then ack_now t

let has_dropped t = t.dropped

let window_field t =
  let window_end = window_end t in
  if window_end - t.edge >= Int.min t.segment (t.limit / 2) then t.edge <- window_end;
  let unit = 1 lsl t.shift in
  let field = Int.min window_field_max ((t.edge - t.next + unit - 1) lsr t.shift) in
  (* Rounding up promises a little more: what is advertised must be taken. *)
  t.edge <- Int.max t.edge (t.next + (field lsl t.shift));
  field

let acknowledged t =
  t.ack_due <- Nothing;
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
