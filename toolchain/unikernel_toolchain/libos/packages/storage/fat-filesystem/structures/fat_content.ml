type t = {
  bytes : Cstruct.t;
  room : Cstruct.t;
  extents : int array;
  extent_bytes : int;
  last_cluster : int;
  index : Fat_index.t;
}

let make ~unit_bytes bytes ~extents ~extent_bytes ~last_cluster =
  let index = Fat_index.of_bytes ~unit_bytes bytes in
  { bytes; room = bytes; extents; extent_bytes; last_cluster; index }

let slot t n = Cstruct.sub t.bytes (n * Fat_entry.slot_bytes) Fat_entry.slot_bytes

let slot_offset t n =
  let at = n * Fat_entry.slot_bytes in
  t.extents.(at / t.extent_bytes) + (at mod t.extent_bytes)

(* Room is doubled, so that a directory is copied a few times however often it grows. *)
let longer t ~cluster ~offset =
  let length = Cstruct.length t.bytes in
  let longer = length + t.extent_bytes in
  let room =
    if longer <= Cstruct.length t.room then t.room
    else
      let room = Cstruct.create (max longer (2 * length)) in
      Cstruct.blit t.bytes 0 room 0 length;
      room
  in
  let bytes = Cstruct.sub room 0 longer in
  let index = Fat_index.longer t.index bytes in
  let extents = Array.append t.extents [| offset |] in
  { t with bytes; room; extents; last_cluster = cluster; index }
