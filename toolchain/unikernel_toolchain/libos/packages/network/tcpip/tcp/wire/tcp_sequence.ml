type t = int

let mask = 0xffff_ffff
let of_int n = n land mask
let to_int n = n
let of_int32 n = Int32.to_int n land mask
let to_int32 = Int32.of_int
let zero = 0

(* Shifting bit 31 into the sign bit and back extends the sign. *)
let unused_bits = Sys.int_size - 32
let extend_sign n = (n lsl unused_bits) asr unused_bits
let difference a b = extend_sign (a - b)
let lt a b = difference a b < 0
let leq a b = difference a b <= 0
let gt a b = difference a b > 0
let geq a b = difference a b >= 0
let between x low high = geq x low && leq x high
let add a b = (a + b) land mask
let sub a b = (a - b) land mask
let succ a = add a 1
let pred a = sub a 1
let compare = difference
let unwrap ~near n = near + extend_sign (n - near)
let pp ppf n = Format.fprintf ppf "%u" n
