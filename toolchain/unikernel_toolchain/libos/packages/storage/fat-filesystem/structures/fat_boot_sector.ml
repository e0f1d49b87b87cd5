(* Nothing in the sector is believed before it has been compared with the device: what is read
   later is found by this alone. The kind follows from the number of clusters, as the
   specification wants it, but for FAT32, which its longer fields give away. *)

type t = {
  format : Fat_format.t;
  sector_bytes : int;
  cluster_bytes : int;
  fat_offset : int;
  fat_bytes : int;
  fats : int;
  root_offset : int;
  root_bytes : int;
  root_cluster : int;
  data_offset : int;
  clusters : int;
  information_offset : int option;
  total_bytes : int;
}

let get8 = Cstruct.get_uint8
let get16 = Cstruct.LE.get_uint16
let get32 b i = Int32.to_int (Cstruct.LE.get_uint32 b i) land 0xffff_ffff
let entry_bytes = 32
let cluster_offset t n = t.data_offset + ((n - 2) * t.cluster_bytes)
let root_entries t = t.root_bytes / entry_bytes
let power_of_two n = n > 0 && n land (n - 1) = 0

let ( let* ) = Result.bind
let must condition sentence = if condition then Ok () else Error sentence

let bits = function
  | Fat_format.FAT12 -> 12
  | FAT16 -> 16
  | FAT32 -> 32

let largest_fat12 = 4084
let largest_fat16 = 65524

let format_of ~wide clusters : Fat_format.t =
  if wide then FAT32 else if clusters <= largest_fat12 then FAT12 else FAT16

let checked b =
  let* () = must (Cstruct.length b >= 512) "the device is smaller than a sector" in
  let* () =
    must (get16 b 510 = 0xaa55) "there is no FAT file system: the first sector does not end in 55 AA"
  in
  let sector = get16 b 11 and in_cluster = get8 b 13 in
  let* () =
    must
      (power_of_two sector && sector >= 512 && sector <= 4096)
      "there is no FAT file system: a sector has 512, 1,024, 2,048 or 4,096 bytes"
  in
  let* () = must (power_of_two in_cluster) "the number of sectors in a cluster is no power of two" in
  let* () = must (get16 b 14 > 0) "there are no reserved sectors, and this is one" in
  let* () = must (get8 b 16 >= 1 && get8 b 16 <= 4) "there is not one FAT, nor up to four" in
  Ok (sector, in_cluster)

let information b ~sector =
  let number = get16 b 48 in
  if number > 0 && number < get16 b 14 then Some (number * sector) else None

let decode b ~device_bytes =
  let* sector_bytes, in_cluster = checked b in
  let wide = get16 b 22 = 0 in
  let fat_sectors = if wide then get32 b 36 else get16 b 22 in
  let total = if get16 b 19 <> 0 then get16 b 19 else get32 b 32 in
  let fats = get8 b 16 in
  let root_bytes = if wide then 0 else get16 b 17 * entry_bytes in
  let root_sectors = (root_bytes + sector_bytes - 1) / sector_bytes in
  let root_sector = get16 b 14 + (fats * fat_sectors) in
  let data_sector = root_sector + root_sectors in
  let* () =
    must
      (total * sector_bytes <= device_bytes)
      (Printf.sprintf "the file system has %d bytes, the device %d" (total * sector_bytes) device_bytes)
  in
  let* () = must (fat_sectors > 0 && data_sector < total) "the FATs leave no room for files" in
  let by_space = (total - data_sector) / in_cluster in
  let format = format_of ~wide by_space in
  let by_fat = (fat_sectors * sector_bytes * 8 / bits format) - 2 in
  let clusters = min (min by_space by_fat) 0x0fff_fff4 in
  let root_cluster = if wide then get32 b 44 else 0 in
  let* () =
    must
      ((not wide) || (root_cluster >= 2 && root_cluster < clusters + 2))
      "the root directory is outside of the file system"
  in
  (* FAT32 may say that of its tables one alone is kept. *)
  let flags = if wide then get16 b 40 else 0 in
  let active = flags land 0xf in
  let mirrored = flags land 0x80 = 0 || active >= fats in
  let* () = must (clusters > 0 && (wide || root_bytes > 0)) "there is no room for a file" in
  Ok
    {
      format;
      sector_bytes;
      cluster_bytes = in_cluster * sector_bytes;
      fat_offset = (get16 b 14 + if mirrored then 0 else active * fat_sectors) * sector_bytes;
      fat_bytes = fat_sectors * sector_bytes;
      fats = (if mirrored then fats else 1);
      root_offset = root_sector * sector_bytes;
      root_bytes;
      root_cluster;
      data_offset = data_sector * sector_bytes;
      clusters;
      information_offset = (if wide then information b ~sector:sector_bytes else None);
      total_bytes = total * sector_bytes;
    }

let mib = 1 lsl 20

(* FAT32 has at least 65,525 clusters, whatever their size. *)
let choice bytes : Fat_format.t * int =
  if bytes <= 16 * mib then (FAT12, 4096)
  else if bytes <= 128 * mib then (FAT16, 4096)
  else if bytes <= 512 * mib then (FAT16, 8192)
  else if bytes <= 8192 * mib then (FAT32, 4096)
  else if bytes <= 16384 * mib then (FAT32, 8192)
  else (FAT32, 32768)

let largest = function
  | Fat_format.FAT12 -> largest_fat12
  | FAT16 -> largest_fat16
  | FAT32 -> 0x0fff_fff4

let layout ~sector_bytes ~bytes =
  let format, cluster = choice bytes in
  let cluster_bytes = max cluster sector_bytes in
  let total = min (bytes / sector_bytes) 0xffff_ffff in
  let reserved = if format = FAT32 then 32 else 1 in
  let root_bytes = if format = FAT32 then 0 else max 16384 sector_bytes in
  let in_cluster = cluster_bytes / sector_bytes in
  let fixed = reserved + (root_bytes / sector_bytes) in
  (* Entries for what would fit were there no FATs: a few too many. *)
  let room = max 0 ((total - fixed) / in_cluster) in
  let fat_sectors =
    let wanted = ((min room (largest format) + 2) * bits format) + 7 in
    ((wanted / 8) + sector_bytes - 1) / sector_bytes
  in
  let data_sector = fixed + (2 * fat_sectors) in
  let clusters = min ((total - data_sector) / in_cluster) (largest format) in
  let total = min total (data_sector + (clusters * in_cluster) + in_cluster - 1) in
  let* () = must (clusters > 0) "a FAT file system needs some 32 KiB" in
  Ok
    {
      format;
      sector_bytes;
      cluster_bytes;
      fat_offset = reserved * sector_bytes;
      fat_bytes = fat_sectors * sector_bytes;
      fats = 2;
      root_offset = (reserved + (2 * fat_sectors)) * sector_bytes;
      root_bytes;
      root_cluster = (if format = FAT32 then 2 else 0);
      data_offset = data_sector * sector_bytes;
      clusters;
      information_offset = (if format = FAT32 then Some sector_bytes else None);
      total_bytes = total * sector_bytes;
    }

(* x86: a jump over the fields; readers look for it. *)
let jump = "\xeb\x3c\x90"

let encode_tail b at t =
  Cstruct.set_uint8 b at 0x80;
  Cstruct.set_uint8 b (at + 2) 0x29;
  Cstruct.LE.set_uint32 b (at + 3) (Int32.of_int (t.total_bytes lxor 0x55_4e_49_4b));
  Cstruct.blit_from_string "NO NAME    " 0 b (at + 7) 11;
  let name = Printf.sprintf "%-8s" (Fat_format.to_string t.format) in
  Cstruct.blit_from_string name 0 b (at + 18) 8

let encode t =
  let b = Cstruct.create t.sector_bytes in
  let set16 = Cstruct.LE.set_uint16 b in
  let set32 at n = Cstruct.LE.set_uint32 b at (Int32.of_int n) in
  let total = t.total_bytes / t.sector_bytes and fat = t.fat_bytes / t.sector_bytes in
  Cstruct.blit_from_string (jump ^ "MIRAGEOS") 0 b 0 11;
  set16 11 t.sector_bytes;
  Cstruct.set_uint8 b 13 (t.cluster_bytes / t.sector_bytes);
  set16 14 (t.fat_offset / t.sector_bytes);
  Cstruct.set_uint8 b 16 t.fats;
  set16 17 (root_entries t);
  if total < 0x10000 && t.format <> FAT32 then set16 19 total else set32 32 total;
  Cstruct.set_uint8 b 21 0xf8;
  set16 24 63;
  set16 26 255;
  if t.format = FAT32 then begin
    set32 36 fat;
    set32 44 t.root_cluster;
    set16 48 1;
    set16 50 6;
    encode_tail b 64 t
  end
  else begin
    set16 22 fat;
    encode_tail b 36 t
  end;
  set16 510 0xaa55;
  b
