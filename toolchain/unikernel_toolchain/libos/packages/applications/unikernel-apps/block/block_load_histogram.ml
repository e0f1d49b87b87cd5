(* Up to [exact] each nanosecond is a class; behind, the classes of each power of two are
   [exact / 2] of one width. *)

type t = { classes : int array; mutable count : int; mutable longest : int }

let bits = 7
let exact = 1 lsl bits
let half = exact / 2
let create () = { classes = Array.make (exact + (half * (62 - bits))) 0; count = 0; longest = 0 }

let rec shift_of value shift =
  if value lsr shift < exact then shift else shift_of value (shift + 1)

let class_of value =
  let shift = shift_of value 0 in
  (shift * half) + (value lsr shift)

(* The longest duration of a class. *)
let value_of index =
  if index < exact then index
  else
    let shift = (index / half) - 1 in
    ((index - (shift * half) + 1) lsl shift) - 1

let add t ns =
  let ns = Int.max 0 ns in
  let index = class_of ns in
  t.classes.(index) <- t.classes.(index) + 1;
  t.count <- t.count + 1;
  if ns > t.longest then t.longest <- ns

let count t = t.count
let longest t = t.longest

let percentile t percent =
  let wanted = int_of_float (ceil (float_of_int t.count *. percent /. 100.)) in
  let rec find index below =
    let below = below + t.classes.(index) in
    if below >= wanted then Int.min (value_of index) t.longest else find (index + 1) below
  in
  if t.count = 0 then 0 else find 0 0
