(* A ring of buffers. [starts.(i)] is the sequence number of the first byte of
   [buffers.(i)]; the capacity is a power of two. *)
type t = {
  mutable buffers : Cstruct.t array;
  mutable starts : int array;
  mutable first : int;
  mutable count : int;
  mutable head : int;
  mutable tail : int;
  budget : Tcp_budget.t;
}

(* A view, its place in the ring, its buffer's own record. *)
let overhead = 128

let create budget position =
  {
    budget;
    buffers = [||];
    starts = [||];
    first = 0;
    count = 0;
    head = position;
    tail = position;
  }

let head q = q.head
let tail q = q.tail
let length q = q.tail - q.head
let cost q = length q + (overhead * q.count)
let share q = Tcp_budget.share q.budget
let slot q i = (q.first + i) land (Array.length q.buffers - 1)

let grow q =
  let capacity = Int.max 4 (2 * Array.length q.buffers) in
  let copy source empty =
    let at i = if i < q.count then source.(slot q i) else empty in
    Array.init capacity at
  in
  let buffers = copy q.buffers Cstruct.empty and starts = copy q.starts 0 in
  q.buffers <- buffers;
  q.starts <- starts;
  q.first <- 0

let push q buffer =
  let length = Cstruct.length buffer in
  if length > 0 then begin
    if q.count = Array.length q.buffers then grow q;
    let i = slot q q.count in
    q.buffers.(i) <- buffer;
    q.starts.(i) <- q.tail;
    q.count <- q.count + 1;
    q.tail <- q.tail + length;
    Tcp_budget.spend q.budget (overhead + length)
  end

let stop_of q i = q.starts.(i) + Cstruct.length q.buffers.(i)

let rec drop_before q position =
  if q.count > 0 && stop_of q q.first <= position then begin
    q.buffers.(q.first) <- Cstruct.empty;
    q.first <- slot q 1;
    q.count <- q.count - 1;
    Tcp_budget.spend q.budget (-overhead);
    drop_before q position
  end

let release q position =
  if position > q.head then begin
    let head = Int.min position q.tail in
    Tcp_budget.spend q.budget (q.head - head);
    q.head <- head;
    drop_before q q.head
  end

(* The last buffer, counted from the first, that starts at or before. *)
(* Binary search: a window of many small writes is sliced anew at each transmission. *)
let rec find q position low high =
  if low = high then low
  else
    let middle = (low + high + 1) / 2 in
    if q.starts.(slot q middle) <= position then find q position middle high
    else find q position low (middle - 1)

let rec collect q i start stop =
  if start = stop then []
  else
    let at = slot q i in
    let until = Int.min stop (stop_of q at) in
    let view =
      Cstruct.sub q.buffers.(at) (start - q.starts.(at)) (until - start)
    in
    view :: collect q (i + 1) until stop

let slice q start stop =
  if start < q.head || stop < start || stop > q.tail then
    invalid_arg "Tcp_send_queue.slice";
  if start = stop then []
  else collect q (find q start 0 (q.count - 1)) start stop
