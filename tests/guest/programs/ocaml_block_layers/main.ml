(* A block device with a GUID partition table, its second partition copied into memory: what
   stands on block devices stands on one another. *)

open Lwt.Infix
module Partition = Mirage_block_partition.Make (Block)
module Copy = Mirage_block_combinators.Copy (Partition) (Ramdisk)
module Compare = Mirage_block_combinators.Compare (Ramdisk) (Partition)

let say (p : Partition_entry.t) =
  Printf.printf "%d %S %Ld %Ld\n" p.number p.name p.first p.sectors

let ok what = function Ok value -> value | Error _ -> failwith what

let start (disk : Block.t) =
  Partition.partitions disk >>= fun found ->
  List.iter say (ok "the table" found);
  Partition.connect_number disk 2 >>= fun partition ->
  Partition.get_info partition >>= fun { size_sectors; sector_size; _ } ->
  Ramdisk.create ~name:"copy" ~size_sectors ~sector_size >>= fun made ->
  let memory = ok "the memory" made in
  Copy.v ~src:partition ~dst:memory >>= fun copied ->
  ok "the copy" copied;
  let first = Cstruct.create sector_size in
  Ramdisk.read memory 0L [ first ] >>= fun read ->
  ok "the first sector" read;
  print_endline (Cstruct.to_string first ~len:12);
  Compare.v memory partition >|= fun order ->
  print_endline (if order = Ok 0 then "equal" else "different")
