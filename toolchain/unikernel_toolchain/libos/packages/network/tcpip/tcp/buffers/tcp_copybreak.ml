(* A received payload is a view of its frame's buffer, which stays as long as the
   view does: kilobytes, and 64 of them where the device joins segments, for a single
   byte. Small ones are therefore copied, as drivers do under this name, one behind
   the other into an arena. *)

type t = { mutable free : Cstruct.t }

let arena = 1024

(* A payload is worth its buffer from a quarter of it on. *)
let least_fill = 4
let create () = { free = Cstruct.empty }

let allocate t length =
  if length > Cstruct.length t.free then
    t.free <- Cstruct.create_unsafe (Int.max arena length);
  let place = Cstruct.sub t.free 0 length in
  t.free <- Cstruct.shift t.free length;
  place

let fill place payload =
  Cstruct.blit payload 0 place 0 (Cstruct.length payload);
  place

let buffer_bytes (payload : Cstruct.t) = Bigarray.Array1.dim payload.buffer

let fills_its_buffer payload =
  Cstruct.length payload * least_fill >= buffer_bytes payload

let pack_if_small t payload =
  if fills_its_buffer payload then payload
  else fill (allocate t (Cstruct.length payload)) payload

let copy payload =
  fill (Cstruct.create_unsafe (Cstruct.length payload)) payload

let copy_if_small payload = if fills_its_buffer payload then payload else copy payload

(* A view, its place in a queue or tree, the buffer's own record and canaries. *)
let overhead = 256

(* In an arena each pays for its part; only copies are in buffers so small. *)
let cost payload =
  let buffer = buffer_bytes payload in
  overhead + if buffer > arena then buffer else Cstruct.length payload

(* Neighbours in one arena become one view: a queue of many small payloads is then no
   longer than one of large ones. *)
let join (a : Cstruct.t) (b : Cstruct.t) =
  if a.buffer == b.buffer && a.off + a.len = b.off && buffer_bytes a <= arena
  then Some (Cstruct.of_bigarray ~off:a.off ~len:(a.len + b.len) a.buffer)
  else None
