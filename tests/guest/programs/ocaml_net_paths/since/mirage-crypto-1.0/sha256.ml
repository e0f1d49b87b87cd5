(* It has no hashes any more: its random generators need digestif for them. *)
module Hash = Digestif.SHA256

let empty = Hash.empty
let feed sum bytes = Hash.feed_string sum (Cstruct.to_string bytes)
let text sum = Hash.to_raw_string (Hash.get sum)
