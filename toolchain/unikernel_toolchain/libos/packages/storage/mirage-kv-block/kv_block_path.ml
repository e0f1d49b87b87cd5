(* "/" is in no segment: with one behind each segment, all that is below a key begins with
   it, and lies between it and the same text with "0", the next character, at its end. *)

let of_key key = String.concat "" (List.map (fun segment -> segment ^ "/") (Mirage_kv.Key.segments key))

let is_below ~path text =
  String.length text > String.length path
  && String.sub text 0 (String.length path) = path

(* The root's path is empty, and all are below it: longer than any, with bytes above "/". *)
let end_of_all = String.make 2048 '\255'

let past path =
  if path = "" then end_of_all
  else String.sub path 0 (String.length path - 1) ^ "0"

let segment_below ~path text =
  let start = String.length path in
  match String.index_from_opt text start '/' with
  | None -> None
  | Some stop -> Some (String.sub text start (stop - start), stop + 1)

let extent path block =
  let number = Bytes.create 4 in
  Bytes.set_int32_be number 0 (Int32.of_int block);
  path ^ Bytes.unsafe_to_string number
