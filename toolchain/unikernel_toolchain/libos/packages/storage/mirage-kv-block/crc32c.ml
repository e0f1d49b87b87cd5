(* CRC-32C (RFC 3720, section 12.1; polynomial 0x1EDC6F41, bits reflected), eight bytes a
   step: table k holds what a byte does that stands k bytes before the end of a step. *)

external get_32 : Cstruct.buffer -> int -> int32 = "%caml_bigstring_get32"

let polynomial = 0x82f63b78

let rec shifted crc bits =
  if bits = 0 then crc
  else shifted ((crc lsr 1) lxor if crc land 1 = 1 then polynomial else 0) (bits - 1)

(* Made when first needed: programs that only link the package do not pay for it. *)
let tables =
  lazy
    (let t = Array.make 2048 0 in
     for byte = 0 to 255 do
       t.(byte) <- shifted byte 8
     done;
     for i = 256 to 2047 do
       let before = t.(i - 256) in
       t.(i) <- (before lsr 8) lxor t.(before land 255)
     done;
     t)

let word buffer at = Int32.to_int (get_32 buffer at) land 0xffffffff

let of_cstruct (c : Cstruct.t) =
  let t = Lazy.force tables in
  let crc = ref 0xffffffff and at = ref c.off in
  let stop = c.off + c.len in
  while stop - !at >= 8 do
    let low = word c.buffer !at lxor !crc and high = word c.buffer (!at + 4) in
    crc :=
      t.(1792 + (low land 255))
      lxor t.(1536 + ((low lsr 8) land 255))
      lxor t.(1280 + ((low lsr 16) land 255))
      lxor t.(1024 + (low lsr 24))
      lxor t.(768 + (high land 255))
      lxor t.(512 + ((high lsr 8) land 255))
      lxor t.(256 + ((high lsr 16) land 255))
      lxor t.(high lsr 24);
    at := !at + 8
  done;
  while !at < stop do
    let byte = Char.code (Bigarray.Array1.get c.buffer !at) in
    crc := (!crc lsr 8) lxor t.((!crc lxor byte) land 255);
    incr at
  done;
  !crc lxor 0xffffffff
