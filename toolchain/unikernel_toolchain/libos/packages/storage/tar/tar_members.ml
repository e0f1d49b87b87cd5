module Header = Tar_header
module Extended = Tar_extended

(* Records count in their order, those of all members before those of the next one: the last of
   a keyword holds, and an empty value takes back what was said before, for all members too
   (POSIX.1-2017, "pax Extended Header"). *)
type t = {
  global : Extended.record list;
  next : Extended.record list;
  sparse : bool;
}

let start = { global = []; next = []; sparse = false }
let has_global t = t.global <> []

type kind =
  | File
  | Directory
  | Hard
  | Symbolic
  | Sparse
  | Special

type member = {
  header : Header.t;
  kind : kind;
  stored : int;
  map_follows : bool;
}

type step =
  | End
  | Member of t * member
  | Extension of int * (string -> (t, string) result)
  | No_header
  | Damaged of string

let longest_extension = 1 lsl 20
let longest_name = 4096

(* GNU's long names end in a zero byte. *)
let name_in text =
  match String.index_opt text '\000' with
  | Some i -> String.sub text 0 i
  | None -> text

let is_of_sparse (keyword, _) =
  String.length keyword > 10 && String.sub keyword 0 10 = "GNU.sparse"

(* A sparse file of GNU in the pax format has a made-up path, and the true one beside it. *)
let with_records t records =
  let path =
    match List.assoc_opt "GNU.sparse.name" records with
    | Some name -> [ ("path", name) ]
    | None -> []
  in
  let sparse = t.sparse || List.exists is_of_sparse records in
  { t with next = Extended.latest (t.next @ records @ path); sparse }

let extension t = function
  | 'x' | 'X' -> Some (fun text -> Result.map (with_records t) (Extended.records text))
  | 'g' ->
      let with_global records = { t with global = Extended.latest (t.global @ records) } in
      Some (fun text -> Result.map with_global (Extended.records text))
  | ('L' | 'K') as flag ->
      let keyword = if flag = 'L' then "path" else "linkpath" in
      Some (fun text -> Ok { t with next = Extended.latest (t.next @ [ (keyword, name_in text) ]) })
  | _ -> None

let sparse_map_goes_on_at = 482

let kind_of t flag (header : Header.t) =
  match (flag, header.link_indicator) with
  | 'S', _ -> Sparse
  | ('3' | '4' | '6' | 'M' | 'V' | 'N'), _ -> Special
  | 'D', _ | _, Directory -> Directory
  | _, Hard -> Hard
  | _, Symbolic -> Symbolic
  | _ -> if t.sparse then Sparse else File

(* What is no file has no data, whatever size an old program wrote; but pax allows data behind
   a hard link, and GNU has names behind 'D'. *)
let data_bytes kind flag (header : Header.t) =
  match kind with
  | File | Sparse -> header.file_size
  | Hard when header.extended <> None -> header.file_size
  | Directory when flag = 'D' -> header.file_size
  | Special when flag = 'M' -> header.file_size
  | Hard | Directory | Symbolic | Special -> 0L

let largest = Int64.of_int (max_int / 2)
let in_range n = Int64.compare n 0L >= 0 && Int64.compare n largest < 0
let padded n = (Int64.to_int n + 511) / 512 * 512

let member t block flag (header : Header.t) =
  let kind = kind_of t flag header in
  let bytes = data_bytes kind flag header in
  if String.length header.file_name > longest_name then
    Damaged (Printf.sprintf "a name has more than %d characters" longest_name)
  else if not (in_range bytes) then Damaged (header.file_name ^ " has an impossible size")
  else
    let map_follows = flag = 'S' && Cstruct.get_uint8 block sparse_map_goes_on_at <> 0 in
    let header = { header with file_size = bytes } in
    Member ({ t with next = []; sparse = false }, { header; kind; stored = padded bytes; map_follows })

let header t block =
  let flag = Header.flag block in
  match extension t flag with
  | None -> (
      let all = Extended.of_records (t.global @ t.next) in
      let extended = if all = Extended.empty then None else Some all in
      match Header.unmarshal ?extended block with
      | None -> End
      | Some header -> member t block flag header
      | exception Header.Checksum_mismatch -> No_header)
  | Some take -> (
      match Header.unmarshal block with
      | None -> End
      | Some { file_size; _ } when Int64.compare file_size (Int64.of_int longest_extension) > 0 || not (in_range file_size) ->
          Damaged "what a header says of a member is longer than a megabyte"
      | Some { file_size; _ } -> Extension (Int64.to_int file_size, take)
      | exception Header.Checksum_mismatch -> No_header)

let another_map_block block = Cstruct.get_uint8 block 504 <> 0
