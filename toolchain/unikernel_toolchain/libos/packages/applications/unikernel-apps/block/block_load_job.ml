type kind = Read | Write | Random_read | Random_write
type t = { kind : kind; bytes : int; depth : int }

let kinds =
  [
    ("read", Read); ("write", Write); ("randread", Random_read); ("randwrite", Random_write);
  ]

let bytes_max = 16 lsl 20
let depth_max = 1024
let number least most text =
  match int_of_string_opt text with
  | Some number when number >= least && number <= most -> Some number
  | _ -> None

let read text =
  let wrong = Error "It is written KIND:BYTES:DEPTH, as in randread:4096:32." in
  match String.split_on_char ':' text with
  | [ kind; bytes; depth ] -> (
      match (List.assoc_opt kind kinds, number 1 bytes_max bytes, number 1 depth_max depth) with
      | Some kind, Some bytes, Some depth -> Ok { kind; bytes; depth }
      | _ -> wrong)
  | _ -> wrong

let text ~separator { kind; bytes; depth } =
  let name = fst (List.find (fun (_, other) -> other = kind) kinds) in
  String.concat separator [ name; string_of_int bytes; string_of_int depth ]

let writes { kind; _ } = kind = Write || kind = Random_write
let is_random { kind; _ } = kind = Random_read || kind = Random_write
