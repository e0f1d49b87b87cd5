open Lwt.Syntax
module Node = Kv_block_node
module Pages = Kv_block_pages

type root = (Node.child * int) option
type run = int * int

(* A B+ tree whose changed nodes are in memory until they are committed. Stored nodes are
   never changed: what leads to a change is copied (D. Comer, The Ubiquitous B-Tree, 1979;
   O. Rodeh, B-trees, Shadowing, and Clones, 2008). Invariants:
   - keys of child i are at least its own key (those of the first child: at least what its
       parent's parent says), and less than the key of child i + 1;
   - no node is empty or longer than a block, and one that a removal leaves shorter than a
       quarter is joined with a neighbour whenever both fit one block.
     [freed] are the blocks that the copied nodes and the removed extents are in. *)
type t = {
  pages : Pages.t;
  mutable root : root;
  mutable freed : run list;
}

let v pages root = { pages; root; freed = [] }

(* ---- Looking *)

let load pages child ~level =
  match child with
  | Node.Changed node -> Lwt.return node
  | Node.Stored pointer -> Pages.read pages pointer ~level

(* The last entry whose key is not above [key]; -1 when all are. *)
let last_not_above entries key =
  let rec search low high =
    if high - low <= 1 then low
    else
      let middle = (low + high) / 2 in
      if String.compare (fst entries.(middle)) key <= 0 then search middle high
      else search low middle
  in
  search (-1) (Array.length entries)

let rec seek_in pages child ~level key =
  let* node = load pages child ~level in
  match node with
  | Leaf entries ->
      let at = last_not_above entries key in
      let at = if at >= 0 && fst entries.(at) = key then at else at + 1 in
      Lwt.return (if at < Array.length entries then Some entries.(at) else None)
  | Inner (level, children) ->
      let at = max 0 (last_not_above children key) in
      let* found = seek_in pages (snd children.(at)) ~level:(level - 1) key in
      if Option.is_some found || at + 1 = Array.length children then Lwt.return found
      else seek_in pages (snd children.(at + 1)) ~level:(level - 1) key

let seek pages root key =
  match root with
  | None -> Lwt.return_none
  | Some (child, height) -> seek_in pages child ~level:(height - 1) key

let find pages root key =
  let* found = seek pages root key in
  match found with
  | Some (it, entry) when String.equal it key -> Lwt.return_some entry
  | Some _ | None -> Lwt.return_none

(* ---- Changing *)

(* Takes over a node to be changed: the block with its old content is free after the commit. *)
let take t child ~level =
  (match child with
   | Node.Stored { block; _ } -> t.freed <- (block, 1) :: t.freed
   | Node.Changed _ -> ());
  load t.pages child ~level

let replace entries at count by =
  let after = at + count in
  Array.concat
    [ Array.sub entries 0 at; by; Array.sub entries after (Array.length entries - after) ]

(* Where the first part reaches half of all bytes. *)
let half size entries =
  let total = Array.fold_left (fun sum it -> sum + size it) 0 entries in
  let rec from at sum =
    let sum = sum + size entries.(at) in
    if 2 * sum >= total then at else from (at + 1) sum
  in
  max 1 (min (Array.length entries - 1) (from 0 0))

(* The shortest text that is above [before], and not above [key]. *)
let separator before key =
  let rec common at =
    if at < String.length before && at < String.length key && before.[at] = key.[at] then
      common (at + 1)
    else at
  in
  String.sub key 0 (min (String.length key) (common 0 + 1))

(* A node as what its parent gets: itself, and where it has grown too long, in halves. *)
let split t node =
  let halves size make entries separator =
    let at = half size entries in
    let right = Array.sub entries at (Array.length entries - at) in
    [| (separator at, Node.Changed (make right)) |]
    |> Array.append [| ("", Node.Changed (make (Array.sub entries 0 at))) |]
  in
  if Node.size node <= t.pages.block_size then [| ("", Node.Changed node) |]
  else
    match node with
    | Leaf entries ->
        halves Node.entry_size
          (fun it -> Node.Leaf it)
          entries
          (fun at -> separator (fst entries.(at - 1)) (fst entries.(at)))
    | Inner (level, children) ->
        halves Node.child_size
          (fun it -> Node.Inner (level, it))
          children
          (fun at -> fst children.(at))

let rec insert_in t child ~level key entry =
  let* node = take t child ~level in
  match node with
  | Leaf entries ->
      let at = last_not_above entries key in
      let it = [| (key, entry) |] in
      let known = at >= 0 && fst entries.(at) = key in
      let entries = if known then replace entries at 1 it else replace entries (at + 1) 0 it in
      Lwt.return (split t (Leaf entries))
  | Inner (level, children) ->
      let at = max 0 (last_not_above children key) in
      let first, below = children.(at) in
      let* parts = insert_in t below ~level:(level - 1) key entry in
      parts.(0) <- (first, snd parts.(0));
      Lwt.return (split t (Inner (level, replace children at 1 parts)))

let insert t key entry =
  match t.root with
  | None ->
      t.root <- Some (Changed (Leaf [| (key, entry) |]), 1);
      Lwt.return_unit
  | Some (child, height) ->
      let* parts = insert_in t child ~level:(height - 1) key entry in
      (match parts with
       | [| (_, only) |] -> t.root <- Some (only, height)
       | _ -> t.root <- Some (Changed (Inner (height, parts)), height + 1));
      Lwt.return_unit

(* ---- Removing *)

let free_extent t (_, entry) =
  match entry with
  | Node.Extent { first; count; _ } -> t.freed <- (first, count) :: t.freed
  | Node.Value _ | Node.Long_value _ -> ()

let rec free t child ~level =
  let* node = take t child ~level in
  match node with
  | Leaf entries ->
      Array.iter (free_extent t) entries;
      Lwt.pause ()
  | Inner (level, children) ->
      Array.fold_left
        (fun before (_, child) ->
           let* () = before in
           free t child ~level:(level - 1))
        Lwt.return_unit children

let join left (key, right) =
  match (left, right) with
  | Node.Leaf a, Node.Leaf b -> Node.Leaf (Array.append a b)
  | Inner (level, a), Inner (_, b) ->
      (* from now on the first child of the right one has a neighbour, and needs its own key *)
      let b = replace b 0 1 [| (key, snd b.(0)) |] in
      Inner (level, Array.append a b)
  | Leaf _, Inner _ | Inner _, Leaf _ -> assert false

let is_short t = function
  | Node.Changed node -> 4 * Node.size node < t.pages.block_size
  | Node.Stored _ -> false

(* Joins children that a removal has left short with a neighbour. *)
let rec join_short t level children at =
  if at + 1 >= Array.length children then Lwt.return children
  else
    let first, left = children.(at) and key, right = children.(at + 1) in
    if not (is_short t left || is_short t right) then join_short t level children (at + 1)
    else
      let* a = load t.pages left ~level in
      let* b = load t.pages right ~level in
      if Node.size a + Node.size b - Node.header + String.length key > t.pages.block_size then
        join_short t level children (at + 1)
      else
        let* _ = take t left ~level in
        let* _ = take t right ~level in
        let joined = (first, Node.Changed (join a (key, b))) in
        join_short t level (replace children at 2 [| joined |]) at

(* Removes the keys from [low] to below [high]; [None] when nothing is left of the node.
   Children that lie between are freed whole; those at the two ends are descended into. *)
let rec remove_in t child ~level ~low ~high =
  let* node = take t child ~level in
  match node with
  | Leaf entries ->
      let is_out (key, _) = String.compare low key <= 0 && String.compare key high < 0 in
      let gone, left = List.partition is_out (Array.to_list entries) in
      List.iter (free_extent t) gone;
      Lwt.return (if left = [] then None else Some (Node.Leaf (Array.of_list left)))
  | Inner (level, children) ->
      let* left = remove_among t children ~level:(level - 1) ~low ~high in
      if left = [||] then Lwt.return_none
      else
        let* children = join_short t (level - 1) left 0 in
        Lwt.return_some (Node.Inner (level, children))

and remove_among t children ~level ~low ~high =
  let count = Array.length children in
  let from = max 0 (last_not_above children low) in
  let begins_past at = at >= count || String.compare (fst children.(at)) high >= 0 in
  let rec each at left =
    if at > from && begins_past at then Lwt.return (at, left)
    else
      let key, child = children.(at) in
      let* rest =
        if at > from && at + 1 < count && String.compare (fst children.(at + 1)) high <= 0 then
          Lwt.map (fun () -> None) (free t child ~level)
        else remove_in t child ~level ~low ~high
      in
      let left = match rest with None -> left | Some it -> (key, Node.Changed it) :: left in
      each (at + 1) left
  in
  let* past, middle = each from [] in
  let middle = Array.of_list (List.rev middle) in
  Lwt.return (replace children from (past - from) middle)

(* A root with one child is not needed. *)
let rec lower t child height =
  let* node = load t.pages child ~level:(height - 1) in
  match node with
  | Inner (_, [| (_, only) |]) ->
      let* _ = take t child ~level:(height - 1) in
      lower t only (height - 1)
  | Leaf _ | Inner _ -> Lwt.return_some (child, height)

let remove t ~low ~high =
  match t.root with
  | None -> Lwt.return_unit
  | Some (child, height) ->
      let* left = remove_in t child ~level:(height - 1) ~low ~high in
      let* root =
        match left with
        | None -> Lwt.return_none
        | Some node -> lower t (Changed node) height
      in
      t.root <- root;
      Lwt.return_unit

let rec count_changed = function
  | Node.Stored _ -> 0
  | Changed (Leaf _) -> 1
  | Changed (Inner (_, children)) ->
      Array.fold_left (fun sum (_, child) -> sum + count_changed child) 1 children

let changed t = match t.root with None -> 0 | Some (child, _) -> count_changed child
let height t = match t.root with None -> 0 | Some (_, height) -> height
