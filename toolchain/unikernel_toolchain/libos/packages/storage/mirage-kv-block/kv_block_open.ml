open Lwt.Syntax
open Kv_block_device
module Superblock = Kv_block_superblock

let check_size device (superblock : Superblock.t) =
  if not (Superblock.is_power_of_two device.sector_size && superblock.block_size <= 65536) then
    raise
      (Storage_error
         ("a sector of the device has " ^ string_of_int device.sector_size
          ^ " bytes: a store needs a power of two, 32768 at most"));
  if superblock.blocks < Superblock.blocks_least then
    raise
      (Storage_error
         ("the device is too small: a store needs "
          ^ string_of_int (Superblock.blocks_least * superblock.block_size / 1024)
          ^ " KiB at least"))

(* File systems and partition tables leave traces in so many bytes. *)
let looked_at = 1 lsl 20

let is_blank device =
  let count = max 1 (65536 / device.sector_size) in
  let last = min device.sectors (looked_at / device.sector_size) in
  let is_zero c =
    let rec from at = at = Cstruct.length c || (Cstruct.get_uint8 c at = 0 && from (at + 1)) in
    from 0
  in
  let rec from sector =
    if sector >= last then Lwt.return_true
    else
      let c = Cstruct.create (min count (last - sector) * device.sector_size) in
      let* () = device.read sector c in
      if is_zero c then from (sector + count) else Lwt.return_false
  in
  from 0

(* One superblock is enough: until the first commit is whole there is nothing to lose. *)
let write_empty device superblock =
  let* () = Superblock.write device superblock in
  device.flush ()

let empty device =
  let block_size, blocks = Superblock.geometry device in
  let superblock = { Superblock.block_size; blocks; generation = 1; root = None } in
  check_size device superblock;
  superblock

let format device =
  let superblock = empty device in
  let* () = Superblock.erase device in
  write_empty device superblock

let no_store =
  "there is no store on this device, and it is not blank either: whatever is on it, format \
   overwrites"

let superblock device =
  let* found = Superblock.read device in
  match found with
  | `Superblock it -> Lwt.return it
  | `Version n ->
      raise (Storage_error ("the store has format " ^ string_of_int n ^ ", of which only 1 is known here"))
  | `Impossible ->
      raise (Damaged "its superblock is whole, and is that of another or a larger device")
  | `Absent ->
      let superblock = empty device in
      let* blank = is_blank device in
      if not blank then raise (Storage_error no_store);
      if not device.read_write then
        raise (Storage_error "there is no store on this device, which is read-only");
      let* () = write_empty device superblock in
      Lwt.return superblock

(* What was read may be in a cache of the device alone. A power cut could bring the state
   before it back, whose blocks the next commit overwrites: so it is flushed first. *)
let store device =
  let* superblock = superblock device in
  let* () = if device.read_write then device.flush () else Lwt.return_unit in
  let* space = Kv_block_check.mount device superblock in
  Lwt.return (Kv_block_store.v device superblock space)
