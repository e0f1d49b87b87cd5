(* Changes go to the device a sector at a time, to the first copy of the table and then to the
   others.

   An entry of FAT12 may lie in two sectors, which no device writes at once: such clusters, one
   in 341, are never taken.

   How many of each thousand clusters can be taken is counted when a file system is connected,
   and with each change: on a nearly full one whoever looks for a free cluster passes over the
   others. *)

let ( let* ) = Lwt_result.bind

(* Clusters that are counted together. *)
let counted_together = 1024

module Make (B : Fat_device.S) = struct
  module Cache = Fat_cache.Make (B)

  type read_error = [ `Block_read of B.error ]
  type error = [ read_error | `Block_write of B.write_error ]

  type t = {
    cache : Cache.t;
    boot : Fat_boot_sector.t;
    counts : int array;
    mutable free : int;
  }

  let boot_sector t = t.boot
  let free t = t.free
  let barrier t = Cache.barrier t.cache
  let is_cluster t n = n >= 2 && n < t.boot.clusters + 2

  (* ---- Entries *)

  let offset_of t n =
    match t.boot.format with
    | FAT12 -> n * 3 / 2
    | FAT16 -> n * 2
    | FAT32 -> n * 4

  let width t = if t.boot.format = FAT32 then 4 else 2

  let value t n word =
    match t.boot.format with
    | FAT12 -> if n land 1 = 0 then word land 0xfff else word lsr 4
    | FAT16 -> word
    | FAT32 -> word land 0x0fff_ffff

  let word t bytes at =
    if width t = 2 then Cstruct.LE.get_uint16 bytes at
    else Int32.to_int (Cstruct.LE.get_uint32 bytes at) land 0xffff_ffff

  let entry t n =
    let offset = t.boot.fat_offset + offset_of t n in
    let* block, inside = Cache.block t.cache offset in
    if inside + width t <= Cstruct.length block then Lwt.return_ok (value t n (word t block inside))
    else
      let* bytes = Cache.read t.cache ~offset ~length:2 in
      Lwt.return_ok (value t n (word t bytes 0))

  let next t n =
    let* following = entry t n in
    Lwt.return_ok (if is_cluster t following then Some following else None)

  let is_taken t said =
    let bits = match t.boot.format with FAT12 -> 12 | FAT16 -> 16 | FAT32 -> 28 in
    is_cluster t said || said >= (1 lsl bits) - 8

  (* [n]'s entry in these bytes, where it begins at [at]. *)
  let put t bytes at n following =
    let old = word t bytes at in
    match t.boot.format with
    | FAT12 when n land 1 = 0 ->
        Cstruct.LE.set_uint16 bytes at (old land 0xf000 lor (following land 0xfff))
    | FAT12 -> Cstruct.LE.set_uint16 bytes at (old land 0xf lor ((following land 0xfff) lsl 4))
    | FAT16 -> Cstruct.LE.set_uint16 bytes at (following land 0xffff)
    | FAT32 ->
        let kept = old land 0xf000_0000 in
        Cstruct.LE.set_uint32 bytes at (Int32.of_int (kept lor (following land 0x0fff_ffff)))

  (* ---- Writing *)

  let sector_of t n = (t.boot.fat_offset + offset_of t n) / Cache.sector_bytes t.cache

  let is_split t n =
    let sector = Cache.sector_bytes t.cache in
    t.boot.format = FAT12 && (t.boot.fat_offset + offset_of t n) mod sector = sector - 1

  let is_usable t n = not (is_split t n)

  let count t n change =
    if is_usable t n then begin
      let i = n / counted_together in
      t.counts.(i) <- t.counts.(i) + change;
      t.free <- t.free + change
    end

  let write_copies t offset bytes =
    let rec copy i =
      if i = t.boot.fats then Lwt.return_ok ()
      else
        let* () = Cache.write t.cache ~offset:(offset + (i * t.boot.fat_bytes)) bytes in
        copy (i + 1)
    in
    copy 0

  (* Changes that all begin in one sector of the table; of a split entry the next one too. *)
  let set_sector t sector changes =
    let bytes = Cache.sector_bytes t.cache in
    let start = max t.boot.fat_offset (sector * bytes) in
    let end_ = t.boot.fat_offset + t.boot.fat_bytes in
    let split = List.exists (fun (n, _) -> is_split t n) changes in
    let length = min end_ (((sector + 1) * bytes) + if split then bytes else 0) - start in
    let* content = Cache.read t.cache ~offset:start ~length in
    let change (n, following) =
      let at = t.boot.fat_offset + offset_of t n - start in
      let was_free = value t n (word t content at) = 0 in
      put t content at n following;
      (n, Bool.to_int was_free, Bool.to_int (following = 0))
    in
    let counted = List.map change changes in
    let* () = write_copies t start content in
    List.iter (fun (n, was, is) -> if was <> is then count t n (is - was)) counted;
    Lwt.return_ok ()

  let set t changes =
    let sorted = List.sort compare (List.map (fun (n, v) -> (sector_of t n, (n, v))) changes) in
    let rec sector_by_sector = function
      | [] -> Lwt.return_ok ()
      | (sector, _) :: _ as changes ->
          let these, others = List.partition (fun (s, _) -> s = sector) changes in
          let* () = set_sector t sector (List.map snd these) in
          sector_by_sector others
    in
    sector_by_sector sorted

  (* ---- All entries: there may be millions *)

  let end_ t = t.boot.clusters + 2

  (* Entries of FAT12 may lie in two blocks, and are few. *)
  let some t n f =
    if t.boot.format = FAT12 then
      let* said = entry t n in
      f n said;
      Lwt.return_ok (n + 1)
    else
      let* block, inside = Cache.block t.cache (t.boot.fat_offset + offset_of t n) in
      let many = min (end_ t - n) ((Cstruct.length block - inside) / width t) in
      for i = 0 to many - 1 do
        f (n + i) (value t (n + i) (word t block (inside + (i * width t))))
      done;
      Lwt.return_ok (n + many)

  let rec count_free t n =
    if n >= end_ t then Lwt.return_ok ()
    else
      let* n = some t n (fun n said -> if said = 0 then count t n 1) in
      count_free t n

  let connect cache (boot : Fat_boot_sector.t) =
    let counts = Array.make (((boot.clusters + 2) / counted_together) + 1) 0 in
    let t = { cache; boot; counts; free = 0 } in
    let* () = count_free t 2 in
    Lwt.return_ok t

  let free_from t n =
    let rec from i =
      if i = Array.length t.counts then end_ t
      else if t.counts.(i) > 0 then i * counted_together
      else from (i + 1)
    in
    max n (from (n / counted_together))
end
