open Lwt.Syntax
open Kv_block_device
module Key = Mirage_kv.Key
module Node = Kv_block_node
module Path = Kv_block_path
module Read = Kv_block_read
module Store = Kv_block_store
module Tree = Kv_block_tree

type error =
  [ Mirage_kv.write_error
  | `Key_too_long of Key.t
  | `Read_only of string
  | `Storage_error of string
  | `Damaged of string
  | `Overtaken ]

type operation =
  | Set of Key.t * Node.meta * string
  | Remove of Key.t

exception Refused of error

let refuse error = raise (Refused error)

(* What is to become the next state: operations change [tree], and put bytes of values into
   blocks that they have [taken]. One that fails leaves both as they were. *)
type t = {
  store : Store.t;
  tree : Tree.t;
  mutable taken : Tree.run list;
}

let v store = { store; tree = Tree.v store.Store.pages (Store.root store); taken = [] }
let view t = { Read.pages = t.tree.pages; root = t.tree.root }

(* ---- Setting *)

(* Writes the blocks of a value from block [number] on, and gives their extents back. *)
let rec write_extents t value ~number extents =
  let size = t.tree.pages.block_size in
  let at = number * size in
  let left = String.length value - at in
  if left <= 0 then Lwt.return (List.rev extents)
  else
    let most = min (Read.extent_blocks_most t.tree.pages) ((left + size - 1) / size) in
    let* run = Store.find_run t.store ~most in
    match run with
    | None -> refuse `No_space
    | Some (first, count) ->
        t.taken <- (first, count) :: t.taken;
        let c = Cstruct.create (count * size) in
        Cstruct.blit_from_string value at c 0 (min left (count * size));
        let* () = Store.write_run t.store ~first [ c ] in
        let extent = Node.Extent { first; count; crc = Crc32c.of_cstruct c } in
        write_extents t value ~number:(number + count) ((number, extent) :: extents)

let set_long t path meta value =
  let blocks = (String.length value / t.tree.pages.block_size) + 1 in
  let* there_is = Store.has_room t.store t.tree ~keeping:blocks in
  if not there_is then refuse `No_space;
  let* extents = write_extents t value ~number:0 [] in
  let* () = Tree.insert t.tree path (Long_value (meta, String.length value)) in
  Lwt_list.iter_s
    (fun (number, extent) -> Tree.insert t.tree (Path.extent path number) extent)
    extents

(* A key may not go through a value. *)
let rec check_parents t key parent =
  if not (Key.equal parent Key.empty) then
    let* found = Read.find (view t) (Path.of_key parent) in
    match found with
    | `Value _ -> refuse (`Dictionary_expected key)
    | `Dictionary -> Lwt.return_unit
    | `Nothing -> check_parents t key (Key.parent parent)
  else Lwt.return_unit

let set t key meta value =
  let path = Path.of_key key in
  if String.length path > Node.path_most then refuse (`Key_too_long key);
  let* found = Read.find (view t) path in
  let* () =
    match found with
    | `Dictionary -> refuse (`Value_expected key)
    | `Value (Long_value _) -> Tree.remove t.tree ~low:path ~high:(Path.past path)
    | `Value _ -> Lwt.return_unit
    | `Nothing -> check_parents t key (Key.parent key)
  in
  let short = Node.Value (meta, value) in
  let* () =
    if Node.entry_size (path, short) <= Node.entry_most ~block_size:t.tree.pages.block_size then
      Tree.insert t.tree path short
    else set_long t path meta value
  in
  let* there_is = Store.has_room t.store t.tree ~keeping:(Store.reserve t.tree) in
  if there_is then Lwt.return_unit else refuse `No_space

(* ---- Removing *)

let remove t key =
  let path = Path.of_key key in
  let* found = Read.find (view t) path in
  if found = `Nothing then refuse (`Not_found key);
  let* () = Tree.remove t.tree ~low:path ~high:(Path.past path) in
  let* there_is = Store.has_room t.store t.tree ~keeping:0 in
  if there_is then Lwt.return_unit else refuse `No_space

(* ---- *)

let error_of = function
  | Refused error -> error
  | Storage_error why -> `Storage_error why
  | Damaged where -> `Damaged where
  | unknown -> `Storage_error (Printexc.to_string unknown)

let apply t operations =
  let { Tree.root; freed; _ } = t.tree and taken = t.taken in
  let one = function
    | Set (key, meta, value) -> set t key meta value
    | Remove key -> remove t key
  in
  Lwt.catch
    (fun () -> Lwt.map Result.ok (Lwt_list.iter_s one operations))
    (fun problem ->
       let rec since runs given =
         if runs == taken then given else since (List.tl runs) (List.hd runs :: given)
       in
       Store.give_back t.store (since t.taken []);
       t.tree.root <- root;
       t.tree.freed <- freed;
       t.taken <- taken;
       Lwt.return_error (error_of problem))

let commit t =
  Lwt.catch
    (fun () -> Lwt.map Result.ok (Store.commit t.store t.tree))
    (fun problem ->
       (* which of two states the device has nobody knows: then neither is touched *)
       if t.store.out_of_order = None then Store.give_back t.store t.taken;
       Lwt.return_error (error_of problem))
