open Lwt.Syntax
open Kv_block_device
open Kv_block_superblock
module Node = Kv_block_node

type t = {
  device : Kv_block_device.t;
  block_size : int;
  blocks : int;
  first_block : int;
  most : int;
  mutable young : (int, int * Node.t) Hashtbl.t;
  mutable old : (int, int * Node.t) Hashtbl.t;
}

(* Two tables stand for an order of use: what is used moves to the young one, and when that
   is full the other is dropped. *)
let cache_bytes = 1 lsl 19

let v device (superblock : Kv_block_superblock.t) =
  {
    device;
    block_size = superblock.block_size;
    blocks = superblock.blocks;
    first_block = first_block superblock device;
    most = max 8 (cache_bytes / superblock.block_size);
    young = Hashtbl.create 16;
    old = Hashtbl.create 16;
  }

let remember t block crc node =
  if Hashtbl.length t.young >= t.most then begin
    t.old <- t.young;
    t.young <- Hashtbl.create 16
  end;
  Hashtbl.replace t.young block (crc, node)

let sector t block = block * (t.block_size / t.device.sector_size)

let check_run t ~first ~count =
  if first < t.first_block || count < 1 || count > t.blocks - first then
    damaged [ "blocks that the store does not have: "; string_of_int first ]

let read_run t ~first ~count =
  check_run t ~first ~count;
  let c = Cstruct.create (count * t.block_size) in
  let* () = t.device.read (sector t first) c in
  Lwt.return c

let read_uncached t { block; crc } ~level =
  let* c = read_run t ~first:block ~count:1 in
  if Node.checksum c <> crc then
    damaged [ "block "; string_of_int block; " is not what was written: its checksum differs" ];
  Lwt.return (Node.decode c ~level)

let read t pointer ~level =
  let known table =
    match Hashtbl.find_opt table pointer.block with
    | Some (crc, node) when crc = pointer.crc && Node.level node = level -> Some node
    | Some _ | None -> None
  in
  match known t.young with
  | Some node -> Lwt.return node
  | None ->
      let* node =
        match known t.old with
        | Some node -> Lwt.return node
        | None -> read_uncached t pointer ~level
      in
      remember t pointer.block pointer.crc node;
      Lwt.return node

let write_run t ~first buffers = t.device.write (sector t first) buffers
