open Lwt.Syntax
open Kv_block_device
module Node = Kv_block_node
module Pages = Kv_block_pages
module Path = Kv_block_path
module Tree = Kv_block_tree

type view = {
  pages : Pages.t;
  root : Tree.root;
}

let seek view text = Tree.seek view.pages view.root text

(* Below a value is nothing but its extents. *)
let find view path =
  let* found = if path = "" then Lwt.return_none else Tree.find view.pages view.root path in
  match found with
  | Some ((Value _ | Long_value _) as value) -> Lwt.return (`Value value)
  | Some (Extent _) -> damaged [ "an extent without its value" ]
  | None ->
      let* below = seek view path in
      let is_there =
        match below with
        | Some (text, Node.Extent _) when Path.segment_below ~path text = None -> false
        | Some (text, _) -> Path.is_below ~path text
        | None -> false
      in
      Lwt.return (if is_there || path = "" then `Dictionary else `Nothing)

(* Long walks let others run. *)
let others_wait_for = 64

let fold_children view path f start =
  let rec from text count so_far =
    let* () = if count mod others_wait_for = 0 then Lwt.pause () else Lwt.return_unit in
    let* found = seek view text in
    match found with
    | Some (text, entry) when Path.is_below ~path text -> (
        match Path.segment_below ~path text with
        | None -> damaged [ "an extent without its value" ]
        | Some (segment, stop) ->
            let whole = String.sub text 0 stop in
            let child = if stop = String.length text then `Value entry else `Dictionary in
            let* so_far = f so_far segment whole child in
            from (Path.past whole) (count + 1) so_far)
    | Some _ | None -> Lwt.return so_far
  in
  from path 1 start

let list view path =
  let add so_far segment _ child =
    let kind = match child with `Value _ -> `Value | `Dictionary -> `Dictionary in
    Lwt.return ((segment, kind) :: so_far)
  in
  Lwt.map List.rev (fold_children view path add [])

let meta = function
  | Node.Value (meta, _) | Long_value (meta, _) -> meta
  | Extent _ -> damaged [ "an extent without its value" ]

let time (meta : Node.meta) = (meta.days, meta.picoseconds)

let rec newest view path =
  let later so_far _ whole child =
    let* it =
      match child with
      | `Value entry -> Lwt.return (time (meta entry))
      | `Dictionary -> newest view whole
    in
    Lwt.return (max so_far it)
  in
  fold_children view path later (0, 0L)

let rec dictionary_digest view path =
  let add so_far segment whole child =
    let* it =
      match child with
      | `Value entry -> Lwt.return (meta entry).digest
      | `Dictionary -> dictionary_digest view whole
    in
    Lwt.return ((segment, it) :: so_far)
  in
  Lwt.map Mirage_kv_digest.dictionary (fold_children view path add [])

(* ---- Bytes of values *)

let extent_blocks_most (pages : Pages.t) = max 1 (Node.extent_bytes_most / pages.block_size)

let read_extent pages ~first ~count ~crc =
  let* c = Pages.read_run pages ~first ~count in
  if Crc32c.of_cstruct c <> crc then
    damaged [ "a value's bytes in block "; string_of_int first; " differ from their checksum" ];
  Lwt.return c

(* The number behind the path in an extent's key. *)
let extent_number path text =
  if Path.is_below ~path text && String.length text = String.length path + 4 then
    Some (Int32.to_int (String.get_int32_be text (String.length path)) land 0xffffffff)
  else None

(* Copies bytes [at] to [stop] of a long value, from the extent on that is at [text]. *)
let rec copy_extents view path ~offset ~stop target text at =
  if at >= stop then Lwt.return_unit
  else
    let* found = seek view text in
    let size = view.pages.block_size in
    match found with
    | Some (text, Extent { first; count; crc }) -> (
        let next = text ^ "\000" in
        match extent_number path text with
        | Some number when (number + count) * size <= at ->
            copy_extents view path ~offset ~stop target next at
        | Some number when number * size <= at ->
            let* c = read_extent view.pages ~first ~count ~crc in
            let skipped = at - (number * size) in
            let length = min (stop - at) ((count * size) - skipped) in
            Cstruct.blit_to_bytes c skipped target (at - offset) length;
            copy_extents view path ~offset ~stop target next (at + length)
        | Some _ | None -> damaged [ "a value of which a part is lost" ])
    | Some _ | None -> damaged [ "a value of which a part is lost" ]

let length = function
  | Node.Value (_, bytes) -> String.length bytes
  | Long_value (_, length) -> length
  | Extent _ -> damaged [ "an extent without its value" ]

let part view path entry ~offset ~length:wanted =
  let stop = min (length entry) (offset + wanted) in
  if offset >= stop then Lwt.return ""
  else
    match entry with
    | Value (_, bytes) -> Lwt.return (String.sub bytes offset (stop - offset))
    | Extent _ -> damaged [ "an extent without its value" ]
    | Long_value _ when stop > view.pages.blocks * view.pages.block_size ->
        damaged [ "a value longer than its device" ]
    | Long_value _ ->
        let target = Bytes.create (stop - offset) in
        (* an extent with this block begins less than the longest one's length before it *)
        let block = offset / view.pages.block_size in
        let first = max 0 (block - extent_blocks_most view.pages + 1) in
        let* () = copy_extents view path ~offset ~stop target (Path.extent path first) offset in
        Lwt.return (Bytes.unsafe_to_string target)
