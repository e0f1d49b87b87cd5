let value = Digest.string

(* No segment holds "/", and digests are of one length: no two dictionaries are alike here. *)
let dictionary entries =
  let entry (segment, digest) = String.concat "/" [ segment; digest ] in
  Digest.string (String.concat "" (List.map entry (List.sort compare entries)))
