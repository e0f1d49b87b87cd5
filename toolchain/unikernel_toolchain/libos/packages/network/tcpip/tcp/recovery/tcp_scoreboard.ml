(* A doubly linked ring, its sentinel before the first chunk and after the last, in
   the order of sequence numbers: acknowledging takes from the front, sending appends,
   and splitting or merging are a few pointers. Sums by status are kept with each
   change, so that RFC 6675's pipe is a field and not a walk. *)

type status = In_flight | Lost | Sacked

type chunk = {
  mutable start : int;
  mutable stop : int;
  mutable sent_at : int;
  mutable status : status;
  mutable retransmitted : bool;
  mutable previous : chunk;
  mutable next : chunk;
}

type t = {
  sentinel : chunk;  (* before the first and after the last *)
  mutable in_flight : int;
  mutable sacked : int;
  mutable lost : int;
  mutable delivered : int;
  mutable count : int;
}

let create () =
  let rec sentinel =
    {
      start = 0;
      stop = 0;
      sent_at = 0;
      status = Sacked;
      retransmitted = false;
      previous = sentinel;
      next = sentinel;
    }
  in
  { sentinel; in_flight = 0; sacked = 0; lost = 0; delivered = 0; count = 0 }

let is_empty t = t.sentinel.next == t.sentinel
let in_flight t = t.in_flight
let sacked t = t.sacked
let lost t = t.lost
let delivered t = t.delivered
let chunks t = t.count
let first t = t.sentinel.next
let last t = t.sentinel.previous

(* Stops early: the usual answer is near the front. *)
let find t decide =
  let rec visit chunk =
    if chunk == t.sentinel then None
    else
      match decide chunk with
      | `Skip -> visit chunk.next
      | `Take -> Some chunk
      | `Stop -> None
  in
  visit t.sentinel.next

let iter t visit =
  let rec go chunk =
    if chunk != t.sentinel then
      let next = chunk.next in
      match visit chunk with `Continue -> go next | `Stop -> ()
  in
  go t.sentinel.next

let count t status bytes =
  match status with
  | In_flight -> t.in_flight <- t.in_flight + bytes
  | Lost -> t.lost <- t.lost + bytes
  | Sacked -> t.sacked <- t.sacked + bytes

let set_status t chunk status =
  let bytes = chunk.stop - chunk.start in
  count t chunk.status (-bytes);
  count t status bytes;
  chunk.status <- status

let insert_after t chunk fresh =
  t.count <- t.count + 1;
  chunk.next.previous <- fresh;
  chunk.next <- fresh

let unlink t chunk =
  t.count <- t.count - 1;
  chunk.previous.next <- chunk.next;
  chunk.next.previous <- chunk.previous

let sent t ~now start stop =
  let last = t.sentinel.previous in
  insert_after t last
    {
      start;
      stop;
      sent_at = now;
      status = In_flight;
      retransmitted = false;
      previous = last;
      next = t.sentinel;
    };
  count t In_flight (stop - start)

let split t chunk at =
  insert_after t chunk { chunk with start = at; previous = chunk };
  chunk.stop <- at

let deliver t chunk ~stop f =
  f chunk ~stop;
  t.delivered <- t.delivered + (stop - chunk.start)

(* A chunk may be acknowledged in part: TSO sends many segments as one. *)
let rec acknowledge t position f =
  let chunk = t.sentinel.next in
  if chunk != t.sentinel && chunk.start < position then begin
    let stop = Int.min position chunk.stop in
    if chunk.status <> Sacked then deliver t chunk ~stop f;
    count t chunk.status (chunk.start - stop);
    chunk.start <- stop;
    if stop = chunk.stop then unlink t chunk;
    acknowledge t position f
  end

(* Sacked neighbours are one chunk: a peer that sacks byte by byte makes no list that
   is walked again at each acknowledgement. *)
let merge_with_next t chunk =
  let next = chunk.next in
  if chunk != t.sentinel && next != t.sentinel && chunk.status = Sacked
     && next.status = Sacked
  then begin
    chunk.stop <- next.stop;
    unlink t next
  end

(* Cutting a chunk in two places adds two at most. *)
let may_split t chunk left right ~max_chunks =
  (chunk.start >= left && chunk.stop <= right) || t.count + 2 <= max_chunks

(* Splits off what the block does not cover, before and behind. *)
let sack_chunk t chunk left right f =
  if chunk.stop > right then split t chunk right;
  let chunk =
    if chunk.start >= left then chunk
    else begin
      split t chunk left;
      chunk.next
    end
  in
  deliver t chunk ~stop:chunk.stop f;
  set_status t chunk Sacked;
  merge_with_next t chunk;
  merge_with_next t chunk.previous

let sack t left right ~max_chunks f =
  let rec visit chunk =
    if chunk != t.sentinel && chunk.start < right then begin
      let next = chunk.next in
      if chunk.stop > left && chunk.status <> Sacked
         && may_split t chunk left right ~max_chunks
      then begin
        let rest_begins = next.start in
        sack_chunk t chunk left right f;
        (* Merging may have removed [next]: then it was sacked. *)
        visit (if next.previous.next == next then next else after rest_begins)
      end
      else visit next
    end
  and after position =
    let rec seek chunk =
      if chunk == t.sentinel || chunk.start > position then chunk
      else seek chunk.next
    in
    seek t.sentinel.next
  in
  visit t.sentinel.next

let mark_lost t chunk = set_status t chunk Lost

(* RFC 2018 section 8: after a timeout nothing sacked may be relied upon; here only
   when the peer showed that it has dropped some. *)
let mark_all_lost t =
  let reneged = (not (is_empty t)) && (first t).status = Sacked in
  iter t (fun chunk ->
      (match chunk.status with
       | In_flight -> mark_lost t chunk
       | Sacked -> if reneged then mark_lost t chunk
       | Lost -> ());
      `Continue)

let unmark_lost t =
  iter t (fun chunk ->
      if chunk.status = Lost then set_status t chunk In_flight;
      `Continue)

let first_lost t =
  if t.lost = 0 then None
  else find t (fun chunk -> if chunk.status = Lost then `Take else `Skip)

let mark_retransmitted t ~now chunk =
  chunk.sent_at <- now;
  chunk.retransmitted <- true;
  set_status t chunk In_flight
