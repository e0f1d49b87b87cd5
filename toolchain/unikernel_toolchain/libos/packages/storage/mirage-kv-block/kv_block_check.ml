open Lwt.Syntax
open Kv_block_device
module Node = Kv_block_node
module Pages = Kv_block_pages
module Path = Kv_block_path
module Read = Kv_block_read
module Space = Kv_block_space

type counts = {
  mutable values : int;
  mutable bytes : int;
  mutable nodes : int;
}

(* Goes through all entries in their order, once. A block that is reached twice is a fault
   and not descended into again, so that the walk ends whatever the device holds, after as
   many steps as it has blocks. *)
type walk = {
  pages : Pages.t;
  space : Space.t;
  problem : string -> unit;
  reads_values : bool;
  counts : counts;
  mutable path : string;  (** of the last value *)
  mutable next : int;  (** the block of it that the next extent must begin with *)
  mutable blocks : int;  (** that it must have *)
}

let shown key =
  let text = if String.length key > 80 then String.sub key 0 80 ^ "..." else key in
  "\"" ^ String.escaped text ^ "\""

let problem w parts = w.problem (String.concat "" parts)

(* Whether the blocks are the store's and nothing else is in them. *)
let claim w ~first ~count =
  match Pages.check_run w.pages ~first ~count with
  | exception Damaged where ->
      problem w [ where ];
      false
  | () ->
      let rec is_free block = block = first + count || ((not (Space.is_used w.space block)) && is_free (block + 1)) in
      let free = is_free first in
      if free then Space.take w.space ~first ~count
      else problem w [ "two things are in block "; string_of_int first; " or right behind" ];
      free

let end_value w =
  if w.next < w.blocks then problem w [ "the value "; shown w.path; " has lost its end" ];
  w.next <- 0;
  w.blocks <- 0

let begin_value w path ~blocks ~bytes =
  end_value w;
  let length = String.length path in
  if length = 0 || path.[length - 1] <> '/' || length > Node.path_most then
    problem w [ shown path; " is no path" ];
  if w.path <> "" && Path.is_below ~path:w.path path then
    problem w [ shown path; " is below a value" ];
  w.counts.values <- w.counts.values + 1;
  w.counts.bytes <- w.counts.bytes + bytes;
  w.path <- path;
  w.blocks <- blocks

let verify w ~first ~count ~crc =
  if not w.reads_values then Lwt.return_unit
  else
    Lwt.catch
      (fun () -> Lwt.map ignore (Read.read_extent w.pages ~first ~count ~crc))
      (function
        | Damaged where | Storage_error where ->
            problem w [ "the value "; shown w.path; ": "; where ];
            Lwt.return_unit
        | unknown -> Lwt.fail unknown)

let visit_entry w (key, entry) =
  match entry with
  | Node.Value (_, bytes) ->
      begin_value w key ~blocks:0 ~bytes:(String.length bytes);
      Lwt.return_unit
  | Long_value (_, length) ->
      let blocks = (length + w.pages.block_size - 1) / w.pages.block_size in
      begin_value w key ~blocks ~bytes:length;
      if blocks > w.pages.blocks then problem w [ shown key; " is longer than the device" ];
      Lwt.return_unit
  | Extent { first; count; crc } ->
      let fits = w.next + count <= w.blocks && count <= Read.extent_blocks_most w.pages in
      if Read.extent_number w.path key <> Some w.next || not fits then
        problem w [ "an extent that no value has, behind "; shown w.path ];
      w.next <- w.next + count;
      if claim w ~first ~count then verify w ~first ~count ~crc else Lwt.return_unit

let check_bounds w node ~low ~high =
  let check keys =
    let first, _ = keys.(0) and last, _ = keys.(Array.length keys - 1) in
    let is_below_high = match high with None -> true | Some high -> String.compare last high < 0 in
    if not is_below_high then problem w [ "keys from "; shown first; " on are in a wrong node" ];
    first
  in
  match node with
  | Node.Leaf entries ->
      if String.compare (check entries) low < 0 then
        problem w [ "keys up from "; shown low; " begin too early" ]
  | Inner (_, children) -> ignore (check children)

let rec visit w child ~level ~low ~high =
  match child with
  | Node.Changed _ -> Lwt.return_unit
  | Stored pointer ->
      if not (claim w ~first:pointer.block ~count:1) then Lwt.return_unit
      else
        let* node =
          Lwt.catch
            (fun () -> Lwt.map Option.some (Pages.read_uncached w.pages pointer ~level))
            (function
              | Damaged where | Storage_error where ->
                  problem w [ "keys from "; shown low; " on: "; where ];
                  Lwt.return_none
              | unknown -> Lwt.fail unknown)
        in
        w.counts.nodes <- w.counts.nodes + 1;
        Option.fold node ~none:Lwt.return_unit ~some:(visit_node w ~low ~high)

and visit_node w node ~low ~high =
  check_bounds w node ~low ~high;
  match node with
  | Leaf entries -> Lwt_list.iter_s (visit_entry w) (Array.to_list entries)
  | Inner (level, children) ->
      let count = Array.length children in
      let rec each at =
        if at = count then Lwt.return_unit
        else
          let key, child = children.(at) in
          let low = if at = 0 then low else key in
          let high = if at + 1 < count then Some (fst children.(at + 1)) else high in
          let* () = visit w child ~level:(level - 1) ~low ~high in
          each (at + 1)
      in
      each 0

let space device (superblock : Kv_block_superblock.t) =
  let space = Space.create ~blocks:superblock.blocks in
  let count = Kv_block_superblock.first_block superblock device in
  Space.take space ~first:0 ~count;
  space

let walk device (superblock : Kv_block_superblock.t) ~problem ~reads_values =
  let pages = Pages.v device superblock in
  let counts = { values = 0; bytes = 0; nodes = 0 } in
  let space = space device superblock in
  let w = { pages; space; problem; reads_values; counts; path = ""; next = 0; blocks = 0 } in
  let* () =
    match superblock.root with
    | None -> Lwt.return_unit
    | Some (pointer, height) ->
        visit w (Stored pointer) ~level:(height - 1) ~low:"" ~high:None
  in
  end_value w;
  Lwt.return (space, counts)

let mount device superblock =
  let problem where = raise (Damaged where) in
  Lwt.map fst (walk device superblock ~problem ~reads_values:false)
