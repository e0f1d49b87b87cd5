open Lwt.Syntax
open Kv_block_device
module Node = Kv_block_node
module Pages = Kv_block_pages
module Space = Kv_block_space
module Superblock = Kv_block_superblock
module Tree = Kv_block_tree

(* What is on the device is a tree of checked blocks, and a superblock that names its root.
   A commit
     1. writes extents and changed nodes into blocks that no state on the device uses,
     2. flushes,
     3. writes the superblock, with the next generation, over the older of the two,
     4. flushes.
   Between 2 and 4 a power cut leaves either superblock, and the tree of each is whole. What
   is acknowledged was flushed in 4. Blocks that a commit frees are used again after 4, and
   only when no reader is left that began before.

   When 1 or 2 fails, nothing has happened. When 3 or 4 does, nobody knows which superblock
   the device has, so neither tree may be overwritten: the store becomes read-only. *)
type t = {
  pages : Pages.t;
  space : Space.t;
  mutable current : Superblock.t;
  mutable readers : (int * int ref) list;  (** generations, and how many read each *)
  mutable freed : (int * Tree.run list) list;  (** by which generation *)
  reader_left : unit Lwt_condition.t;
  mutable out_of_order : string option;  (** why it is read-only now *)
  mutable written_bytes : int;
}

let v device superblock space =
  {
    pages = Pages.v device superblock;
    space;
    current = superblock;
    readers = [];
    freed = [];
    reader_left = Lwt_condition.create ();
    out_of_order = None;
    written_bytes = 0;
  }

let root t : Tree.root =
  Option.map (fun (pointer, height) -> (Node.Stored pointer, height)) t.current.root

(* ---- Readers *)

let is_read_before t generation = List.exists (fun (read, _) -> read < generation) t.readers

let give_back t runs = List.iter (fun (first, count) -> Space.release t.space ~first ~count) runs

let release_unread t =
  let kept, released = List.partition (fun (by, _) -> is_read_before t by) t.freed in
  List.iter (fun (_, runs) -> give_back t runs) released;
  t.freed <- kept

let leave t generation =
  let count = List.assoc generation t.readers in
  decr count;
  if !count = 0 then begin
    t.readers <- List.remove_assoc generation t.readers;
    release_unread t;
    Lwt_condition.broadcast t.reader_left ()
  end

let reading t f =
  let generation = t.current.generation in
  (match List.assoc_opt generation t.readers with
   | Some count -> incr count
   | None -> t.readers <- (generation, ref 1) :: t.readers);
  Lwt.finalize
    (fun () -> f (root t))
    (fun () ->
       leave t generation;
       Lwt.return_unit)

(* ---- Space *)

(* Removing takes a copy of two paths before it frees anything: so much is never given to
   values, so that a full store can be emptied. *)
let reserve tree = 2 * (Tree.height tree + 2)

let rec when_readers_left t enough =
  if enough () then Lwt.return_true
  else if t.freed = [] then Lwt.return_false
  else
    let* () = Lwt_condition.wait t.reader_left in
    when_readers_left t enough

let has_room t tree ~keeping =
  when_readers_left t (fun () -> t.space.free - Tree.changed tree >= keeping)

let find_run t ~most =
  let* there_is = when_readers_left t (fun () -> t.space.free > 0) in
  Lwt.return (if there_is then Space.find t.space ~most else None)

(* ---- Commit *)

(* Every changed node gets a block; those with higher numbers come first in [done_]. *)
let rec place t done_ = function
  | Node.Stored pointer -> (pointer, done_)
  | Changed node ->
      let node, done_ =
        match node with
        | Leaf _ -> (node, done_)
        | Inner (level, children) ->
            let done_ = ref done_ in
            let stored (key, child) =
              let pointer, more = place t !done_ child in
              done_ := more;
              (key, Node.Stored pointer)
            in
            let children = Array.map stored children in
            (Node.Inner (level, children), !done_)
      in
      let block =
        match Space.find t.space ~most:1 with
        | Some (block, _) -> block
        | None -> raise (Storage_error "no block is left for a node that has its place")
      in
      let c = Node.encode ~block_size:t.pages.block_size node in
      let pointer = { Superblock.block; crc = Node.checksum c } in
      (pointer, (pointer, node, c) :: done_)

let written t buffers = t.written_bytes <- t.written_bytes + Cstruct.lenv buffers

let write_run t ~first buffers =
  written t buffers;
  Pages.write_run t.pages ~first buffers

(* Neighbours go in one request. *)
let rec write_nodes t = function
  | [] -> Lwt.return_unit
  | ((pointer : Superblock.pointer), _, c) :: rest ->
      let rec run last buffers = function
        | ((next : Superblock.pointer), _, c) :: rest when next.block = last + 1 ->
            run next.block (c :: buffers) rest
        | rest -> (List.rev buffers, rest)
      in
      let buffers, rest = run pointer.block [ c ] rest in
      let* () = write_run t ~first:pointer.block buffers in
      write_nodes t rest

let switch t (next : Superblock.t) =
  t.written_bytes <- t.written_bytes + max Superblock.bytes t.pages.device.sector_size;
  Lwt.catch
    (fun () ->
       let* () = Superblock.write t.pages.device next in
       t.pages.device.flush ())
    (fun error ->
       let why = match error with Storage_error why -> why | _ -> Printexc.to_string error in
       t.out_of_order <- Some why;
       Lwt.fail error)

let by_block ((a : Superblock.pointer), _, _) ((b : Superblock.pointer), _, _) =
  compare a.block b.block

let commit t (tree : Tree.t) =
  let nodes, root =
    match tree.root with
    | None -> ([], None)
    | Some (child, height) ->
        let pointer, nodes = place t [] child in
        (List.sort by_block nodes, Some (pointer, height))
  in
  let next = { t.current with generation = t.current.generation + 1; root } in
  let* () =
    Lwt.catch
      (fun () ->
         let* () = write_nodes t nodes in
         t.pages.device.flush ())
      (fun error ->
         give_back t (List.map (fun ((it : Superblock.pointer), _, _) -> (it.block, 1)) nodes);
         Lwt.fail error)
  in
  let* () = switch t next in
  t.current <- next;
  List.iter
    (fun ((it : Superblock.pointer), node, _) -> Pages.remember t.pages it.block it.crc node)
    nodes;
  t.freed <- (next.generation, tree.freed) :: t.freed;
  release_unread t;
  Lwt.return_unit
