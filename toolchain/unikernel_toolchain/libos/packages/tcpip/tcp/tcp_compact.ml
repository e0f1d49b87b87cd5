type t = { mutable room : Cstruct.t }

let arena = 16_384

(* A payload is worth its buffer from a quarter of it on. *)
let worth = 4
let create () = { room = Cstruct.empty }

let carve t length =
  if length > Cstruct.length t.room then
    t.room <- Cstruct.create_unsafe (Int.max arena length);
  let place = Cstruct.sub t.room 0 length in
  t.room <- Cstruct.shift t.room length;
  place

let keep t payload =
  let length = Cstruct.length payload in
  let buffer = Bigarray.Array1.dim payload.Cstruct.buffer in
  if length * worth >= buffer then payload
  else
    let copy = carve t length in
    Cstruct.blit payload 0 copy 0 length;
    copy
