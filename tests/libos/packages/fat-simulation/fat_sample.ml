type t = {
  image : Cstruct.t;
  layout : Fat_boot_sector.t;
  directories : int list;  (* where their clusters begin *)
}

let run = Memory_block.run

module Made = Fat.FS (Memory_block)

let fill fs =
  let write (path, length) = assert (run (Made.write fs path 0 (Cstruct.create length)) = Ok ()) in
  List.iter write
    [ ("a", 1); ("dir/a longer name.text", 3000); ("dir/sub/c", 700); ("dir/sub/deeper/d", 0); ("e", 5000);
      ("a name of some more parts than one.text", 10); ("dir/SHORT.TXT", 513) ]

(* FAT16 and FAT32 are what they are by the number of clusters; FAT32 is taken for what it is by its
   fields, too, so that one may be small. *)
let layout format clusters : Fat_boot_sector.t =
  let bits = match format with Fat_format.FAT12 -> 12 | FAT16 -> 16 | FAT32 -> 32 in
  let fat_sectors = ((((clusters + 2) * bits) + 7) / 8 / 512) + 1 in
  let wide = format = FAT32 in
  let fat_sector = if wide then 32 else 1 in
  let root_sector = fat_sector + (2 * fat_sectors) in
  let root_bytes = if wide then 0 else 2048 in
  let data_sector = root_sector + (root_bytes / 512) in
  {
    format;
    sector_bytes = 512;
    cluster_bytes = 512;
    fat_offset = fat_sector * 512;
    fat_bytes = fat_sectors * 512;
    fats = 2;
    root_offset = root_sector * 512;
    root_bytes;
    root_cluster = (if wide then 2 else 0);
    data_offset = data_sector * 512;
    clusters;
    information_offset = (if wide then Some 512 else None);
    total_bytes = (data_sector + clusters) * 512;
  }

let make format clusters =
  let module Plain = Fat_device.Without_flush (Memory_block) in
  let module Cache = Fat_cache.Make (Plain) in
  let module Update = Fat_update.Make (Plain) in
  let layout = layout format clusters in
  let device = Memory_block.create layout.total_bytes in
  (match run (Update.make (run (Cache.connect device)) layout) with
   | Ok () -> fill (run (Made.connect device))
   | Error (`Block_read _ | `Block_write _) -> failwith "a device in memory fails");
  let text = Memory_block.content device in
  let is_directory n = String.sub text (Fat_boot_sector.cluster_offset layout n) 11 = ".          " in
  let below_root = List.filter is_directory (List.init 60 (fun i -> i + 2)) in
  let root = if layout.root_bytes > 0 then layout.root_offset else Fat_boot_sector.cluster_offset layout 2 in
  {
    image = Cstruct.of_string text;
    layout;
    directories = root :: (root + 512) :: List.map (Fat_boot_sector.cluster_offset layout) below_root;
  }
