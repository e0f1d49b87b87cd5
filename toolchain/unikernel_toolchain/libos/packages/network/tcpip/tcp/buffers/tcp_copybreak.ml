type t = { mutable room : Cstruct.t }

let arena = 1024

(* A payload is worth its buffer from a quarter of it on. *)
let worth = 4
let create () = { room = Cstruct.empty }

let carve t length =
  if length > Cstruct.length t.room then
    t.room <- Cstruct.create_unsafe (Int.max arena length);
  let place = Cstruct.sub t.room 0 length in
  t.room <- Cstruct.shift t.room length;
  place

let fill place payload =
  Cstruct.blit payload 0 place 0 (Cstruct.length payload);
  place

let buffer_bytes (payload : Cstruct.t) = Bigarray.Array1.dim payload.buffer

let is_worth_it payload =
  Cstruct.length payload * worth >= buffer_bytes payload

let keep t payload =
  if is_worth_it payload then payload
  else fill (carve t (Cstruct.length payload)) payload

let copy payload =
  fill (Cstruct.create_unsafe (Cstruct.length payload)) payload

let alone payload = if is_worth_it payload then payload else copy payload

(* A view, its place in a queue or tree, the buffer's own record and canaries. *)
let overhead = 256

(* In an arena each pays for its part; only copies are in buffers so small. *)
let cost payload =
  let buffer = buffer_bytes payload in
  overhead + if buffer > arena then buffer else Cstruct.length payload

let join (a : Cstruct.t) (b : Cstruct.t) =
  if a.buffer == b.buffer && a.off + a.len = b.off && buffer_bytes a <= arena
  then Some (Cstruct.of_bigarray ~off:a.off ~len:(a.len + b.len) a.buffer)
  else None
