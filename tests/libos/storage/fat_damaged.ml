(* packages: fat-filesystem fat-simulation memory-block virtual-network *)

(* Damage of one kind each, as fuzzing found it: fat_fuzz tries all kinds together. *)

open Case
open Fat_use

(* FAT32, whose table has a word a cluster. *)
let sample = lazy (Fat_sample.make FAT32 100)

type disk = {
  bytes : Bytes.t;
  layout : Fat_boot_sector.t;
}

let disk () =
  let { Fat_sample.image; layout; _ } = Lazy.force sample in
  { bytes = Cstruct.to_bytes image; layout }

(* Where the root directory's entry of this short name begins, and its first cluster. *)
let slot { bytes; layout } short =
  let start = Fat_boot_sector.cluster_offset layout 2 in
  let rec from at = if Bytes.sub_string bytes at 11 = Printf.sprintf "%-11s" short then at else from (at + 32) in
  from start

let cluster disk short = Bytes.get_uint16_le disk.bytes (slot disk short + 26)

let lead { bytes; layout } n following =
  for copy = 0 to 1 do
    Bytes.set_int32_le bytes (layout.fat_offset + (copy * layout.fat_bytes) + (4 * n)) (Int32.of_int following)
  done

let connected { bytes; _ } =
  let device = Memory_block.of_content (Bytes.to_string bytes) in
  (device, run (Fs.connect device))

let end_mark = 0x0fff_ffff
let other = "a name of some more parts than one.text"

(* One file has lost clusters, so that none is freed; another's chain goes on into a third. *)
let into_another () =
  let disk = disk () in
  lead disk (cluster disk "E~1") end_mark;
  lead disk (cluster disk "A~1") (cluster disk "ANAMEO~1TEX");
  let _, fs = connected disk in
  let before = content fs other in
  ok "growing" (write fs "a" 0 (String.make 2000 'x'));
  equal String.escaped "as it was" before (content fs other);
  check "grown" (content fs "a" = String.make 2000 'x')

(* A volume's label that has a cluster and no bytes loses it, and is then none of the files. *)
let label () =
  let disk = disk () in
  let at = slot disk "E~1" in
  Bytes.set_uint8 disk.bytes (at + 11) 0x08;
  Bytes.set_int32_le disk.bytes (at + 28) 0l;
  let device, fs = connected disk in
  let again = run (Fs.connect (Memory_block.copy device)) in
  check "read anew" (listed fs "" = listed again "");
  check "not there" (not (List.mem "e" (listed fs "")))

let () =
  case "a chain that leads into another file's" into_another;
  case "a label with clusters" label
