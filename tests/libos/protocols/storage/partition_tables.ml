(* packages: mirage-block mirage-block-combinators mirage-block-ramdisk mirage-block-partition virtual-network *)

(* Partition tables: what they say, and that no table, whoever wrote it, makes the reader
   raise, run for ever, or give a partition that is not on the device. *)

open Lwt.Infix
open Case

let sector = 512
let size_sectors = 4096

(* Counts what it is asked for, and refuses nothing itself but what lies outside. It may have
   no disk in it. *)
module Counted = struct
  include Ramdisk

  let reads = ref 0
  let is_empty = ref false

  let get_info t =
    get_info t >|= fun info ->
    if !is_empty then { info with Mirage_block.size_sectors = 0L } else info

  let read t at buffers =
    incr reads;
    Ramdisk.read t at buffers
end

module Partition = Mirage_block_partition.Make (Counted)

let now promise =
  match Lwt.state promise with
  | Lwt.Return value -> value
  | Lwt.Fail e -> raise e
  | Lwt.Sleep -> failwith "it waits"

let serial = ref 0

let disk pieces =
  incr serial;
  let name = string_of_int (!serial land 1) and size_sectors = Int64.of_int size_sectors in
  let disk = Result.get_ok (now (Ramdisk.create ~name ~size_sectors ~sector_size:sector)) in
  let put (at, bytes) = assert (now (Ramdisk.write disk (Int64.of_int at) [ bytes ]) = Ok ()) in
  List.iter put pieces;
  disk

(* {1 Tables made by hand} *)

let put_entry bytes index ~kind ~first ~count =
  let at = 446 + (16 * index) in
  Cstruct.set_uint8 bytes (at + 4) kind;
  Cstruct.LE.set_uint32 bytes (at + 8) (Int32.of_int first);
  Cstruct.LE.set_uint32 bytes (at + 12) (Int32.of_int count)

let record entries =
  let bytes = Cstruct.create sector in
  List.iteri
    (fun index (kind, first, count) -> if kind > 0 then put_entry bytes index ~kind ~first ~count)
    entries;
  Cstruct.LE.set_uint16 bytes 510 0xaa55;
  bytes

let linux = "\xaf\x3d\xc6\x0f\x83\x84\x72\x47\x8e\x79\x3d\x69\xd8\x47\x7d\xe4"

let gpt_entries ?(count = 128) parts =
  let table = Cstruct.create (count * 128) in
  let put index (first, last, name) =
    let at = 128 * index in
    Cstruct.blit_from_string linux 0 table at 16;
    Cstruct.LE.set_uint64 table (at + 32) (Int64.of_int first);
    Cstruct.LE.set_uint64 table (at + 40) (Int64.of_int last);
    String.iteri (fun i c -> Cstruct.set_char table (at + 56 + (2 * i)) c) name
  in
  List.iteri put parts;
  table

let seal header table =
  Cstruct.LE.set_uint32 header 88 (Gpt_crc32.of_parts [ table ]);
  Cstruct.LE.set_uint32 header 16 0l;
  Cstruct.LE.set_uint32 header 16 (Gpt_crc32.of_parts [ Cstruct.sub header 0 92 ])

let gpt_header ~at ~other ~table_at table =
  let header = Cstruct.create sector in
  Cstruct.blit_from_string "EFI PART\x00\x00\x01\x00\x5c\x00\x00\x00" 0 header 0 16;
  let long at value = Cstruct.LE.set_uint64 header at (Int64.of_int value) in
  List.iter
    (fun (place, value) -> long place value)
    [ (24, at); (32, other); (40, 34); (48, size_sectors - 34); (72, table_at) ];
  Cstruct.LE.set_uint32 header 80 (Int32.of_int (Cstruct.length table / 128));
  Cstruct.LE.set_uint32 header 84 128l;
  seal header table;
  header

let parts = [ (34, 99, "boot"); (100, 1023, "root") ]

let gpt ?count () =
  let table = gpt_entries ?count parts and last = size_sectors - 1 in
  [
    (0, record [ (0xee, 1, size_sectors - 1) ]);
    (1, gpt_header ~at:1 ~other:last ~table_at:2 table);
    (2, table);
    (last - 32, table);
    (last, gpt_header ~at:last ~other:1 ~table_at:(last - 32) table);
  ]

(* Two primary partitions, and three logical ones in a third. *)
let mbr () =
  [
    (0, record [ (0x83, 8, 92); (0x0c, 100, 200); (0x05, 1000, 2000) ]);
    (1000, record [ (0x83, 8, 92); (0x05, 200, 300) ]);
    (1200, record [ (0x82, 8, 92); (0x05, 900, 300) ]);
    (1900, record [ (0x83, 8, 92) ]);
  ]

(* {1 What they say} *)

let partitions disk =
  match now (Partition.partitions disk) with
  | Ok found -> Ok (List.map (fun (p : Partition_entry.t) -> (p.number, p.first, p.sectors, p.name)) found)
  | Error e -> Error (Format.asprintf "%a" Partition.pp_table_error e)

let says what pieces expected = check what (partitions (disk pieces) = Ok expected)

let refuses what pieces =
  match partitions (disk pieces) with
  | Error why -> check what (String.length why > 20)
  | Ok _ -> failwith (what ^ ": taken")

let in_gpt = [ (1, 34L, 66L, "boot"); (2, 100L, 924L, "root") ]
let replaced at bytes = List.map (fun (a, b) -> if a = at then (a, bytes) else (a, b))

let () =
  case "a GUID partition table" @@ fun () ->
  says "first" (gpt ()) in_gpt;
  let blank = Cstruct.create sector in
  says "the copy, without a header" (replaced 1 blank (gpt ())) in_gpt;
  let broken = gpt_entries [ (34, 35, "other") ] in
  says "the copy, for its table" (replaced 2 broken (gpt ())) in_gpt;
  refuses "neither" (replaced 1 blank (replaced (size_sectors - 1) blank (gpt ())))

let () =
  case "a master boot record, with a chain" @@ fun () ->
  says "all" (mbr ())
    [
      (1, 8L, 92L, "");
      (2, 100L, 200L, "");
      (5, 1008L, 92L, "");
      (6, 1208L, 92L, "");
      (7, 1908L, 92L, "");
    ];
  refuses "none" [];
  says "an empty one" [ (0, record []) ] []

let () =
  case "records that lie" @@ fun () ->
  let alone entry = [ (0, record [ entry ]) ] in
  refuses "outside" (alone (0x83, 4000, 97));
  refuses "behind the end" (alone (0x83, 5000, 1));
  refuses "of nothing" (alone (0x83, 8, 0));
  refuses "the record itself" (alone (0x83, 0, 10));
  refuses "one in another" [ (0, record [ (0x83, 8, 92); (0x83, 50, 10) ]) ];
  let chain rest = (0, record [ (0x05, 1000, 2000) ]) :: (1000, record rest) :: [] in
  refuses "a chain to itself" (chain [ (0x83, 8, 9); (0x05, 0, 10) ]);
  refuses "a chain to nothing" (chain [ (0x83, 8, 9); (0x05, 500, 10) ]);
  refuses "a chain that leaves" (chain [ (0x83, 8, 9); (0x05, 4000, 10) ]);
  let long = List.init 3000 (fun i -> (1000 + i, record [ (0, 0, 0); (0x05, i + 1, 1) ])) in
  refuses "a chain without end" ((0, record [ (0x05, 1000, 3000) ]) :: long)

let () =
  case "a device without a disk" @@ fun () ->
  let table = disk (gpt ()) in
  Counted.is_empty := true;
  let found = now (Partition.partitions table) in
  Counted.is_empty := false;
  check "is told" (found = Error (`Table "the block device has no disk"))

let () =
  case "a partition is a device, and no more than that" @@ fun () ->
  let disk = disk (gpt ()) in
  let root = now (Partition.connect_number disk 2) in
  equal Int64.to_string "its size" 924L (now (Partition.get_info root)).size_sectors;
  let bytes = Cstruct.of_string (String.make sector 'r') in
  check "written" (now (Partition.write root 0L [ bytes ]) = Ok ());
  let seen = Cstruct.create sector in
  check "read" (now (Ramdisk.read disk 100L [ seen ]) = Ok ());
  equal_bytes "in its place" bytes seen;
  let refused at = Result.is_error (now (Partition.write root at [ bytes ])) in
  List.iter (fun at -> check "outside" (refused at)) [ -1L; 924L; Int64.max_int; Int64.min_int ];
  check "last" (not (refused 923L));
  now (Partition.disconnect root);
  check "disconnected" (now (Partition.read root 0L []) = Error `Disconnected);
  let there_is_none = Partition.connect_number disk 3 in
  check "no third" (match Lwt.state there_is_none with Lwt.Fail (Failure _) -> true | _ -> false)

(* {1 Tables made by nobody in particular} *)

let copy (at, bytes) = (at, Cstruct.append bytes Cstruct.empty)

let numbers =
  [| 0; 1; 2; 33; 34; 1000; size_sectors - 1; size_sectors; 0x7fffffff; 0x80000000; 0xffffffff |]

let pick array = array.(Random.State.int Seeded.state (Array.length array))

(* Fields of four bytes, where tables have theirs, are numbers that lead to the edges; some
   are any byte. *)
let spoil bytes =
  let length = Cstruct.length bytes in
  let at = Random.State.int Seeded.state (length - 4) in
  if Random.State.bool Seeded.state then Cstruct.LE.set_uint32 bytes (at land lnot 1) (Int32.of_int (pick numbers))
  else Cstruct.set_uint8 bytes at (Random.State.int Seeded.state 256)

(* Half of the headers are sealed again, as their checksums would hide the rest. *)
let spoiled sample =
  let pieces = List.map copy (sample ()) in
  let targets = Array.of_list (List.map snd pieces) in
  for _ = 0 to Random.State.int Seeded.state 6 do
    spoil (pick targets)
  done;
  let reseal header table =
    match (List.assoc_opt header pieces, List.assoc_opt table pieces) with
    | Some header, Some table when Random.State.bool Seeded.state -> seal header table
    | _ -> ()
  in
  reseal 1 2;
  reseal (size_sectors - 1) (size_sectors - 33);
  pieces

(* Checksums of a whole table would be most of the work. *)
let small_gpt () = gpt ~count:8 ()

let is_on_disk (p : Partition_entry.t) =
  Int64.compare p.first 1L >= 0
  && Int64.compare p.sectors 0L > 0
  && Int64.compare (Int64.add p.first p.sectors) (Int64.of_int size_sectors) <= 0

let () =
  case "any table" @@ fun () ->
  let taken = ref 0 in
  for _ = 1 to Fuzz.inputs / 4 do
    let disk = disk (spoiled (if Random.State.bool Seeded.state then small_gpt else mbr)) in
    Counted.reads := 0;
    (match now (Partition.partitions disk) with
     | Error e -> ignore (Format.asprintf "%a" Partition.pp_table_error e)
     | Ok found ->
         incr taken;
         List.iter (fun p -> check "on the device" (is_on_disk p)) found;
         List.iter (fun p -> ignore (now (Partition.connect disk p >|= fun _ -> ()))) found);
    check "bounded" (!Counted.reads <= 300)
  done;
  check "some are taken, some are not" (!taken > 0 && !taken < Fuzz.inputs / 4)
