external sum_range : Cstruct.buffer -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "tcpip_checksum_sum_byte" "tcpip_checksum_sum"
[@@noalloc]

(* End-around carry; twice, as the first may carry again (RFC 1071, section 2). *)
let fold_carry s =
  let s = (s land 0xffff) + (s lsr 16) in
  (s land 0xffff) + (s lsr 16)

let add s word = fold_carry (s + word)
let complement s = lnot s land 0xffff
let sum s (b : Cstruct.t) = add s (sum_range b.buffer b.off b.len)
let swap s = ((s lsr 8) lor (s lsl 8)) land 0xffff

(* A buffer that begins at an odd position sums to the byte-swapped value
   (RFC 1071, section 2). *)
let sum_list s buffers =
  let next (s, odd) (b : Cstruct.t) =
    let part = sum_range b.buffer b.off b.len in
    (add s (if odd then swap part else part), odd <> (b.len land 1 = 1))
  in
  fst (List.fold_left next (s, false) buffers)

let ones_complement b = complement (sum 0 b)
let ones_complement_list buffers = complement (sum_list 0 buffers)

let add_32 s word =
  let word = Int32.to_int word in
  s + ((word lsr 16) land 0xffff) + (word land 0xffff)

let pseudoheader_v4 ~src ~dst ~proto length =
  fold_carry (add_32 (add_32 (proto + length) src) dst)
