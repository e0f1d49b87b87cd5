open Kv_block_device

(* One sector at byte 0 and one at byte 4,096 (or in the second sector, where sectors are
   larger), all numbers with the lowest byte first:

      0  "MirageKV"      8  version, 1      12  bytes of a block
     16  blocks         24  generation     32  the root's block, 0 in an empty store
     40  its CRC        44  its height     48  zeros     508  CRC of bytes 0 to 507

   A commit writes the one that the current state is not in, so whichever sector a power cut
   tears, the other holds a state whose blocks nobody has overwritten. *)

type pointer = {
  block : int;
  crc : int;
}

type t = {
  block_size : int;
  blocks : int;
  generation : int;
  root : (pointer * int) option;
}

let magic = "MirageKV"
let version = 1
let bytes = 512
let crc_at = 508
let block_size_most = 65536
let blocks_least = 16
let blocks_most = 1 lsl 24
let height_most = 16
let spacing device = max 4096 device.sector_size
let first_block t device = ((2 * spacing device) + t.block_size - 1) / t.block_size
let slot t = t.generation land 1

let is_power_of_two n = n > 0 && n land (n - 1) = 0

(* Blocks grow with the device, so that the map of free ones stays within 2 MiB. *)
let geometry device =
  let rec fitting size =
    let blocks = device.sectors * device.sector_size / size in
    if blocks <= blocks_most || size = block_size_most then (size, min blocks blocks_most)
    else fitting (2 * size)
  in
  fitting (spacing device)

let encode device t =
  let c = Cstruct.create (max bytes device.sector_size) in
  let number at n = Cstruct.LE.set_uint64 c at (Int64.of_int n) in
  let short at n = Cstruct.LE.set_uint32 c at (Int32.of_int n) in
  Cstruct.blit_from_string magic 0 c 0 (String.length magic);
  short 8 version;
  short 12 t.block_size;
  number 16 t.blocks;
  number 24 t.generation;
  Option.iter
    (fun (root, height) ->
       number 32 root.block;
       short 40 root.crc;
       short 44 height)
    t.root;
  short crc_at (Crc32c.of_cstruct (Cstruct.sub c 0 crc_at));
  c

let short c at = Int32.to_int (Cstruct.LE.get_uint32 c at) land 0xffffffff

(* What does not fit an int is as wrong as what is too large. *)
let number c at =
  let n = Cstruct.LE.get_uint64 c at in
  if Int64.compare n 0L < 0 || Int64.compare n 0x3fff_ffff_ffff_ffffL > 0 then max_int
  else Int64.to_int n

let is_possible device slot_number t =
  let room = device.sectors * device.sector_size in
  is_power_of_two t.block_size
  && t.block_size >= spacing device
  && t.block_size <= block_size_most
  && t.blocks >= blocks_least
  && t.blocks <= blocks_most
  && t.blocks * t.block_size <= room
  && t.generation < max_int
  && slot t = slot_number
  &&
  match t.root with
  | None -> true
  | Some (root, height) ->
      root.block >= first_block t device && root.block < t.blocks && height >= 1 && height <= height_most

let decode device slot_number c =
  if Cstruct.to_string ~len:(String.length magic) c <> magic then `Absent
  else if Crc32c.of_cstruct (Cstruct.sub c 0 crc_at) <> short c crc_at then `Absent
  else if short c 8 <> version then `Version (short c 8)
  else
    let root =
      match number c 32 with
      | 0 -> None
      | block -> Some ({ block; crc = short c 40 }, short c 44)
    in
    let t =
      { block_size = short c 12; blocks = number c 16; generation = number c 24; root }
    in
    if is_possible device slot_number t then `Superblock t else `Impossible

let sector device slot = slot * spacing device / device.sector_size
let write device t = device.write (sector device (slot t)) [ encode device t ]

let read device =
  let slot n =
    let c = Cstruct.create (max bytes device.sector_size) in
    Lwt.map (fun () -> c) (device.read (sector device n) c)
  in
  let open Lwt.Syntax in
  let* first = slot 0 in
  let* second = slot 1 in
  let choice =
    match (decode device 0 first, decode device 1 second) with
    | `Superblock a, `Superblock b -> if a.generation > b.generation then `Superblock a else `Superblock b
    | (`Superblock _ as it), _ | _, (`Superblock _ as it) -> it
    | (`Version _ as it), _ | _, (`Version _ as it) -> it
    | (`Impossible as it), _ | _, (`Impossible as it) -> it
    | `Absent, `Absent -> `Absent
  in
  Lwt.return choice

let erase device =
  let zeros = Cstruct.create (max bytes device.sector_size) in
  let open Lwt.Syntax in
  let* () = device.write (sector device 0) [ zeros ] in
  let* () = device.write (sector device 1) [ zeros ] in
  device.flush ()
