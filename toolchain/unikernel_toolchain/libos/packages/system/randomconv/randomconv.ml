type int8 = int
type int16 = int

let int8 random = Cstruct.get_uint8 (random 1) 0
let int16 random = Cstruct.LE.get_uint16 (random 2) 0
let int32 random = Cstruct.LE.get_uint32 (random 4) 0
let int64 random = Cstruct.LE.get_uint64 (random 8) 0

let rec bits_of n = if n = 0 then 0 else 1 + bits_of (n lsr 1)

(* As many bytes as the largest value has, the bits above it cut off; what is still too large
   is drawn again, less than half of the draws. Its remainder would be a small one too often. *)
let int ?(bound = max_int) random =
  if bound <= 0 then invalid_arg "Randomconv.int: the bound has to be positive";
  let bits = bits_of (bound - 1) in
  let bytes = (bits + 7) / 8 in
  let mask = (1 lsl bits) - 1 in
  let rec draw () =
    let buffer = random bytes in
    let add number index = (number lsl 8) lor Cstruct.get_uint8 buffer index in
    let number = List.fold_left add 0 (List.init bytes Fun.id) land mask in
    if number < bound then number else draw ()
  in
  if bits = 0 then 0 else draw ()

(* 53 bits are those of a float's mantissa: every one of these numbers is exact, and below 1. *)
let float ?(bound = 1.) random =
  let bits = Int64.shift_right_logical (int64 random) 11 in
  ldexp (Int64.to_float bits) (-53) *. bound
