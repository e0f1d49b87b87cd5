type t =
  | Normal
  | Hard
  | Symbolic
  | Character
  | Block
  | Directory
  | FIFO
  | GlobalExtendedHeader
  | PerFileExtendedHeader
  | LongLink

let all =
  [
    (Normal, '0', "Normal");
    (Hard, '1', "Hard");
    (Symbolic, '2', "Symbolic");
    (Character, '3', "Character");
    (Block, '4', "Block");
    (Directory, '5', "Directory");
    (FIFO, '6', "FIFO");
    (GlobalExtendedHeader, 'g', "GlobalExtendedHeader");
    (PerFileExtendedHeader, 'x', "PerFileExtendedHeader");
    (LongLink, 'L', "LongLink");
  ]

let find t = List.find (fun (link, _, _) -> link = t) all

let to_string t =
  let _, _, name = find t in
  name

let to_flag t =
  let _, flag, _ = find t in
  flag

let of_flag flag =
  match List.find_opt (fun (_, known, _) -> known = flag) all with
  | Some (link, _, _) -> link
  | None -> Normal
