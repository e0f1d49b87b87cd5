let word = Sys.word_size / 8

(* What is marshalled has each buffer once, whole; and the heap's blocks again,
   packed, which makes the figure a little too large. *)
let bytes value =
  let packed = Marshal.to_bytes value [ Marshal.Closures ] in
  (word * Obj.reachable_words (Obj.repr value)) + Bytes.length packed

let check value ~most =
  let found = bytes value in
  if found > most then failwith (Printf.sprintf "%d bytes are held, of %d" found most)
