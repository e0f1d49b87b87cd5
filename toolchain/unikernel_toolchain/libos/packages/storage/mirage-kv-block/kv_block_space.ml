(* A bit a block, set where the block is in use. The lowest free ones are taken first: what
   is free gathers at the end, and the file behind a device stays as small as its content. *)

type t = {
  bits : Bytes.t;
  blocks : int;
  mutable free : int;
  mutable lowest : int;  (** none is free below it *)
}

(* Bits behind the last block are set, so that searches need not look where it is. *)
let create ~blocks =
  let bits = Bytes.make (((blocks + 63) / 64) * 8) '\000' in
  for block = blocks to (8 * Bytes.length bits) - 1 do
    let byte = Bytes.get_uint8 bits (block / 8) in
    Bytes.set_uint8 bits (block / 8) (byte lor (1 lsl (block land 7)))
  done;
  { bits; blocks; free = blocks; lowest = 0 }

let is_used t block = Bytes.get_uint8 t.bits (block lsr 3) land (1 lsl (block land 7)) <> 0

let flip t block =
  let byte = Bytes.get_uint8 t.bits (block lsr 3) in
  Bytes.set_uint8 t.bits (block lsr 3) (byte lxor (1 lsl (block land 7)))

let take t ~first ~count =
  for block = first to first + count - 1 do
    assert (not (is_used t block));
    flip t block
  done;
  t.free <- t.free - count

let release t ~first ~count =
  for block = first to first + count - 1 do
    assert (is_used t block);
    flip t block
  done;
  t.free <- t.free + count;
  t.lowest <- min t.lowest first

let rec next_free t block =
  if block >= t.blocks then None
  else if block land 63 = 0 && Bytes.get_int64_le t.bits (block lsr 3) = -1L then
    next_free t (block + 64)
  else if is_used t block then next_free t (block + 1)
  else Some block

let run_from t block ~most =
  let rec stop at =
    if at - block < most && at < t.blocks && not (is_used t at) then stop (at + 1) else at
  in
  stop block - block

(* Looks at so many runs before it takes the longest that it saw: a search of the whole map
   for each extent would make a full device slow, and the first run at hand tears values
   into pieces. *)
let runs_seen = 64

let find t ~most =
  let rec longest block left ((_, best) as so_far) =
    match if left = 0 then None else next_free t block with
    | None -> so_far
    | Some first ->
        let count = run_from t first ~most in
        let so_far = if count > best then (first, count) else so_far in
        if count >= most then so_far else longest (first + count + 1) (left - 1) so_far
  in
  match next_free t t.lowest with
  | None -> None
  | Some lowest ->
      t.lowest <- lowest;
      let first, count = longest lowest runs_seen (lowest, 0) in
      take t ~first ~count;
      Some (first, count)
