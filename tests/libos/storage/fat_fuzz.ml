(* packages: fat-filesystem memory-block virtual-network *)

(* Damaged FAT file systems. Whatever is in them, connecting succeeds or fails with a sentence,
   every operation answers in the interface's words, whoever walks the tree comes to an end, and
   no request leads out of the device (Memory_block sees to that). *)

module Fs = Fat.FS (Memory_block)
module Kv = Mirage_fs.To_KV_RO (Fs)

let run = Memory_block.run

let ok = function
  | Ok value -> value
  | Error e -> failwith (Format.asprintf "%a" Fs.pp_write_error e)

(* ---- Sound ones *)

let fill fs =
  let write path length = ok (run (Fs.write fs path 0 (Cstruct.create length))) in
  List.iter
    (fun (path, length) -> write path length)
    [ ("a", 1); ("dir/a longer name.text", 3000); ("dir/sub/c", 700); ("dir/sub/deeper/d", 0); ("e", 5000) ]

let formatted bytes =
  let device = Memory_block.create bytes in
  fill (ok (run (Fs.format device (Int64.of_int bytes))));
  Memory_block.content device

(* FAT16 and FAT32 need thousands of clusters to be what they are; FAT32 is taken for what it is
   by its fields, too. *)
let small_32 () =
  let layout : Fat_boot_sector.t =
    {
      format = FAT32;
      sector_bytes = 512;
      cluster_bytes = 512;
      fat_offset = 32 * 512;
      fat_bytes = 512;
      fats = 2;
      root_offset = 34 * 512;
      root_bytes = 0;
      root_cluster = 2;
      data_offset = 34 * 512;
      clusters = 100;
      information_offset = Some 512;
      total_bytes = 134 * 512;
    }
  in
  let module Cache = Fat_cache.Make (Memory_block) in
  let module Update = Fat_update.Make (Memory_block) in
  let device = Memory_block.create layout.total_bytes in
  (match run (Update.make (run (Cache.connect device)) layout) with
   | Ok () -> ()
   | Error (`Block_read _ | `Block_write _) -> failwith "a device in memory fails");
  fill (run (Fs.connect device));
  Memory_block.content device

let samples = lazy [| (formatted 65536, 49); (small_32 (), 49); (formatted (17 lsl 20), 2) |]

let sample () =
  let chance = Seeded_runs.below 100 in
  let image, _ = (Lazy.force samples).(if chance < 49 then 0 else if chance < 98 then 1 else 2) in
  image

(* ---- Damage: where tables and directories are, and with words that mean something *)

let damaged image =
  let bytes = Bytes.of_string image in
  let size = Bytes.length bytes in
  let place () =
    match Seeded_runs.below 4 with
    | 0 -> Seeded_runs.below 90
    | 1 -> Seeded_runs.below (min size 2048)
    | _ -> Seeded_runs.below (min size 40_000)
  in
  let word i =
    if i + 4 <= size then
      let values = [| 0; 1; 2; 3; 4; 5; 6; 7; 0xff8; 0xffff; 0xfff7; 0x0fff_ffff; -1; 0x10; 0x7fff_ffff |] in
      match Seeded_runs.below 2 with
      | 0 -> Bytes.set_uint16_le bytes i (Seeded_runs.pick values land 0xffff)
      | _ -> Bytes.set_int32_le bytes i (Int32.of_int (Seeded_runs.pick values))
  in
  for _ = 0 to Seeded_runs.below 6 do
    match Seeded_runs.below 3 with
    | 0 -> Bytes.set bytes (place ()) (Char.chr (Seeded_runs.below 256))
    | 1 -> word (place ())
    | _ ->
        (* A directory's slot becomes another's. *)
        let length = 32 * (1 + Seeded_runs.below 2) in
        if size > 4096 + length then
          let from = Seeded_runs.below ((size - length) / 32) * 32 in
          let into = Seeded_runs.below (min 40_000 (size - length) / 32) * 32 in
          Bytes.blit bytes from bytes into length
  done;
  let cut = if Seeded_runs.chance 3 then Seeded_runs.below size else size in
  Bytes.sub_string bytes 0 cut

(* ---- What a program does *)

let visited = ref 0

let rec walk fs path =
  incr visited;
  if !visited > 100_000 then failwith "the tree has no end";
  match run (Fs.listdir fs path) with
  | Error _ -> ()
  | Ok names ->
      List.iter
        (fun name ->
           let path = path ^ "/" ^ name in
           match run (Fs.stat fs path) with
           | Ok { directory = true; _ } -> walk fs path
           | Ok { size; _ } ->
               Seeded_runs.reach "a file";
               let size = Int64.to_int size in
               ignore (run (Fs.read fs path 0 (min size 10_000)));
               ignore (run (Fs.read fs path (max 0 (size - 10)) max_int))
           | Error _ -> ())
        names

let change fs =
  let data = Cstruct.create (1 + Seeded_runs.below 3000) in
  let path = Seeded_runs.pick [| "a"; "e"; "dir/sub/c"; "dir/new"; "new"; "dir/sub/deeper/d"; "dir"; "a:b" |] in
  let answer =
    match Seeded_runs.below 5 with
    | 0 -> run (Fs.create fs path)
    | 1 -> run (Fs.mkdir fs path)
    | 2 -> run (Fs.destroy fs path)
    | _ -> run (Fs.write fs path (Seeded_runs.below 6000) data)
  in
  match answer with
  | Ok () -> Seeded_runs.reach "a change"
  | Error (`Exn (Failure _ | Invalid_argument _)) -> Seeded_runs.reach "a refusal"
  | Error (`Exn e) -> raise e
  | Error _ -> Seeded_runs.reach "an error"

let one () =
  let read_write = Seeded_runs.chance 80 in
  let device = Memory_block.of_content ~read_write (damaged (sample ())) in
  match run (Fs.connect device) with
  | exception Failure _ -> Seeded_runs.reach "not connected"
  | fs ->
      visited := 0;
      Seeded_runs.reach "connected";
      walk fs "";
      for _ = 1 to 4 do
        change fs
      done;
      walk fs "";
      ignore (run (Kv.digest fs Mirage_kv.Key.empty))

let () =
  Seeded_runs.all ~default:5_000 "damaged FAT file systems" one;
  Seeded_runs.reached [ "not connected"; "connected"; "a file"; "a change"; "a refusal"; "an error" ]
