(* packages: fat-filesystem fat-simulation memory-block virtual-network *)

(* Damaged FAT file systems of each width. Whatever is in them, connecting succeeds or fails with a
   sentence, every operation answers in the interface's words, whoever walks the tree comes to an
   end, no request leads out of the device and there are not more than a sound one needs
   (Shared_block sees to both). A change that succeeded is there, changed nothing else, and is the
   same when it is read anew: what is kept in memory is what the device has. *)

module Device = Shared_block
module Fs = Fat.FS (Device)
module Kv = Mirage_fs.To_KV_RO (Fs)
module Paths = Map.Make (String)

let run = Memory_block.run
let below = Seeded_runs.below
let pick = Seeded_runs.pick

let samples =
  lazy Fat_sample.[| make FAT12 100; make FAT16 4100; make FAT32 100; make FAT32 65_600 |]

let some_sample () =
  let chance = below 1000 in
  (Lazy.force samples).(if chance < 395 then 0 else if chance < 600 then 1 else if chance < 998 then 2 else 3)

(* ---- Damage: in fields, with values that mean something *)

let word width n = String.init width (fun i -> Char.chr ((n lsr (8 * i)) land 0xff))

let boot_fields =
  [| (11, 2); (13, 1); (14, 2); (16, 1); (17, 2); (19, 2); (21, 1); (22, 2); (32, 4); (36, 4); (40, 2); (44, 4); (48, 2); (510, 2) |]

let boot_values = [| 0; 1; 2; 3; 4; 5; 7; 8; 16; 32; 64; 128; 255; 256; 512; 1024; 4096; 0x8000; 0xffff; 0x10000; 0x0fff_ffff; 0x7fff_ffff; 0xffff_ffff |]

let damage_boot device =
  let at, width = pick boot_fields in
  if Seeded_runs.chance 30 then begin
    let old = Device.byte device at in
    Device.patch device at (word 1 (pick [| old + 1; old - 1; old * 2; old lxor (1 lsl below 8) |]))
  end
  else Device.patch device at (word width (pick boot_values))

(* Of a cluster near the beginning, where the files are; in one copy or in both. *)
let damage_table device { Fat_sample.layout; _ } =
  let n = below (if Seeded_runs.chance 90 then 60 else layout.clusters + 2) in
  let values = [| 0; 1; 0xff7; 0xff8; 0xfff; 0xfff7; 0xfff8; 0xffff; 0x0fff_fff7; 0x0fff_ffff; -1; layout.clusters + 1; layout.clusters + 2; n; n + 1 |] in
  let value = if Seeded_runs.chance 60 then below 60 else pick values in
  let put copy =
    let start = layout.fat_offset + (copy * layout.fat_bytes) in
    match layout.format with
    | FAT32 -> Device.patch device (start + (4 * n)) (word 4 value)
    | FAT16 -> Device.patch device (start + (2 * n)) (word 2 value)
    | FAT12 ->
        let at = start + (n * 3 / 2) in
        let old = Device.byte device at lor (Device.byte device (at + 1) lsl 8) in
        let new_ = if n land 1 = 0 then old land 0xf000 lor (value land 0xfff) else old land 0xf lor ((value land 0xfff) lsl 4) in
        Device.patch device at (word 2 new_)
  in
  match below 4 with
  | 0 -> put 0
  | 1 -> put 1
  | _ -> put 0; put 1

let slot_fields = [| (0, 1); (0, 1); (1, 2); (8, 3); (11, 1); (11, 1); (12, 1); (13, 1); (20, 2); (26, 2); (26, 2); (28, 4); (28, 4) |]

let slot_values =
  [| 0; 1; 2; 3; 5; 8; 0x0f; 0x10; 0x20; 0x2e; 0x41; 0x42; 0x43; 0xe5; 0x7f; 0x80; 0xff; 0x200; 0x201; 0xd800; 0xffff; 0x10000; 0xffff_ffff |]

let some_slot { Fat_sample.directories; _ } = Seeded_runs.pick_of directories + (32 * below 16)

let damage_slot device sample =
  let slot = some_slot sample in
  if Seeded_runs.chance 25 then
    let from = some_slot sample in
    Device.patch device slot (String.init (32 * (1 + below 2)) (fun i -> Char.chr (Device.byte device (from + i))))
  else
    let at, width = pick slot_fields in
    let value = match below 3 with 0 -> below 60 | 1 -> below 256 | _ -> pick slot_values in
    Device.patch device (slot + at) (word width value)

let damage_any device (sample : Fat_sample.t) =
  let most = min (Cstruct.length sample.image - 8) (sample.layout.data_offset + 40_000) in
  Device.patch device (below most) (word (1 + below 4) (pick boot_values))

let damaged (sample : Fat_sample.t) =
  let image = sample.image in
  let length = if Seeded_runs.chance 3 then below (Cstruct.length image) else Cstruct.length image in
  let device =
    let sector_size = if Seeded_runs.chance 90 then 512 else 4096 in
    Device.create ~read_write:(Seeded_runs.chance 85) ~sector_size ~most_requests:20_000 (Cstruct.sub image 0 length)
  in
  for _ = 1 to below 6 do
    if length > 80_000 || sample.layout.clusters < 1000 then
      match below 10 with
      | 0 -> damage_boot device
      | 1 | 2 | 3 | 4 -> if length = Cstruct.length image then damage_table device sample
      | 5 | 6 | 7 | 8 -> if length = Cstruct.length image then damage_slot device sample
      | _ -> if length > 0 then Device.patch device (below length) (word 4 (pick boot_values))
  done;
  if length = Cstruct.length image && Seeded_runs.chance 20 then damage_any device sample;
  device

(* ---- What a program sees *)

type seen = {
  files : (int * string * string) Paths.t;  (* size, beginning and end *)
  doubled : bool;  (* of two files with one name, one alone is seen *)
}

let visited = ref 0

let rec walk fs path seen =
  incr visited;
  if !visited > 20_000 then failwith "the tree has no end";
  match run (Fs.listdir fs path) with
  | Error _ -> seen
  | Ok names ->
      let keys = List.map Fat_name.key names in
      let doubled = seen.doubled || List.length (List.sort_uniq compare keys) < List.length keys in
      let see seen name = look fs (path ^ "/" ^ name) seen in
      List.fold_left see { seen with doubled } (List.sort_uniq compare names)

and look fs path seen =
  match run (Fs.stat fs path) with
  | Ok { filename; _ } when filename <> Filename.basename path -> { seen with doubled = true }
  | Ok { directory = true; _ } -> walk fs path seen
  | Ok { size; _ } ->
      Seeded_runs.reach "a file";
      let size = Int64.to_int size in
      let start = run (Fs.read fs path 0 (min size 10_000)) in
      let end_ = run (Fs.read fs path (max 0 (size - 10)) max_int) in
      let text = function Ok pieces -> Cstruct.copyv pieces | Error _ -> "?" in
      { seen with files = Paths.add path (size, text start, text end_) seen.files }
  | Error _ -> seen

let all fs =
  visited := 0;
  walk fs "" { files = Paths.empty; doubled = false }

let equal_files what a b =
  if not (Paths.equal ( = ) a b) then begin
    let one (path, (size, start, end_)) = Printf.sprintf "%s: %d %s" path size (Digest.to_hex (Digest.string (start ^ end_))) in
    let show files = String.concat "\n" (List.map one (Paths.bindings files)) in
    failwith (Printf.sprintf "%s:\n%s\nwas\n%s" what (show b) (show a))
  end

(* ---- What a program does *)

let change fs =
  let data = Cstruct.create (1 + below 3000) in
  Cstruct.memset data (1 + below 255);
  let path =
    pick [| "/a"; "/e"; "/dir/sub/c"; "/dir/new"; "/new"; "/dir/sub/deeper/d"; "/dir"; "/a:b"; "/dir/A LONGER NAME.text"; "/dir/other folder/x" |]
  in
  let at = below 6000 in
  let answer =
    match below 6 with
    | 0 -> run (Fs.create fs path)
    | 1 -> run (Fs.mkdir fs path)
    | 2 -> run (Fs.destroy fs path)
    | _ ->
        let answer = run (Fs.write fs path at data) in
        if answer = Ok () then begin
          match run (Fs.read fs path at (Cstruct.length data)) with
          | Ok pieces when Cstruct.copyv pieces = Cstruct.to_string data -> ()
          | Ok _ | Error _ -> failwith (path ^ " is not as it was written")
        end;
        answer
  in
  (match answer with
   | Ok () -> Seeded_runs.reach "a change"
   | Error (`Exn (Failure _ | Invalid_argument _)) -> Seeded_runs.reach "a refusal"
   | Error (`Exn e) -> raise e
   | Error _ -> Seeded_runs.reach "an error");
  path

(* But for the paths that were changed, which are found without regard to case. *)
let others changed files =
  let keys = List.map Fat_name.key changed in
  Paths.filter (fun path _ -> not (List.mem (Fat_name.key path) keys)) files

(* All of it is looked at in every other run: this takes longer than the rest. *)
let connected fs device =
  Seeded_runs.reach "connected";
  let before = all fs in
  let changed = List.init 4 (fun _ -> change fs) in
  if Seeded_runs.chance 50 then begin
    let after = all fs in
    if not before.doubled then equal_files "others than were changed" (others changed before.files) (others changed after.files);
    match run (Fs.connect (Device.copy device)) with
    | exception Failure what -> failwith ("it cannot be connected again: " ^ what)
    | again -> equal_files "read anew" after.files (all again).files
  end;
  if Seeded_runs.chance 10 then ignore (run (Kv.digest fs Mirage_kv.Key.empty))

let one () =
  let device = damaged (some_sample ()) in
  match run (Fs.connect device) with
  | exception Failure what ->
      if String.length what < 20 || String.sub what 0 3 <> "Fat" then failwith what;
      Seeded_runs.reach "not connected"
  | fs -> connected fs device

let () =
  Seeded_runs.all ~default:6_000 "damaged FAT file systems" one;
  Seeded_runs.reached [ "not connected"; "connected"; "a file"; "a change"; "a refusal"; "an error" ]
