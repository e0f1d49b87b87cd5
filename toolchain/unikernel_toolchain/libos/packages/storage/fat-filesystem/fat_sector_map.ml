(* Changes go to the device a sector at a time, to the first copy of the table and then to the
   others, and a chain is whole before anything leads to it: whenever the guest is killed, each
   copy alone is a consistent table, in which there may be clusters that belong to nothing.

   An entry of FAT12 may lie in two sectors, which no device writes at once: such clusters, one
   in 341, are never taken. *)

let ( let* ) = Lwt_result.bind
let end_mark = 0x0fff_ffff

(* Chains whose latest place is remembered. *)
let most_places = 64

(* Clusters that are released in one go; a chain may be as long as the disk. *)
let released_at_once = 4096

module Make (B : Mirage_block.S) = struct
  module Cache = Fat_cache.Make (B)

  type read_error = [ `Block_read of B.error ]
  type error = [ read_error | `Block_write of B.write_error | `No_space ]

  type t = {
    cache : Cache.t;
    boot : Fat_boot_sector.t;
    places : (int, (int, int) Hashtbl.t) Hashtbl.t;  (* by chains' starts: clusters by index *)
    mutable free : int;
    mutable from : int;  (* where to look for free ones *)
  }

  let end_mark = end_mark
  let boot_sector t = t.boot
  let free t = t.free
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
      put t content (t.boot.fat_offset + offset_of t n - start) n following
    in
    List.iter change changes;
    write_copies t start content

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

  (* ---- Free clusters *)

  (* Where entries do not lie in two blocks they are looked at in the block: there may be
     millions. *)
  let rec count t n found =
    let end_ = t.boot.clusters + 2 in
    if n >= end_ then Lwt.return_ok found
    else if t.boot.format = FAT12 then
      let* following = entry t n in
      count t (n + 1) (if following = 0 && not (is_split t n) then found + 1 else found)
    else
      let* block, inside = Cache.block t.cache (t.boot.fat_offset + offset_of t n) in
      let many = min (end_ - n) ((Cstruct.length block - inside) / width t) in
      let zeros = ref 0 in
      for i = 0 to many - 1 do
        if value t n (word t block (inside + (i * width t))) = 0 then incr zeros
      done;
      count t (n + many) (found + !zeros)

  let connect cache boot =
    let t = { cache; boot; places = Hashtbl.create most_places; free = 0; from = 2 } in
    let* free = count t 2 0 in
    t.free <- free;
    Lwt.return_ok t

  let choose t many =
    let rec from n looked found missing =
      if missing = 0 then begin
        t.from <- n;
        Lwt.return_ok (List.rev found)
      end
      else if looked > t.boot.clusters then Lwt.return_error `No_space
      else if n >= t.boot.clusters + 2 then from 2 (looked + 1) found missing
      else
        let* following = entry t n in
        let usable = following = 0 && not (is_split t n) in
        from (n + 1) (looked + 1)
          (if usable then n :: found else found)
          (if usable then missing - 1 else missing)
    in
    if many > t.free then Lwt.return_error `No_space else from t.from 0 [] many

  let link t ?behind clusters =
    let rec chained = function
      | [] -> []
      | [ last ] -> [ (last, end_mark) ]
      | n :: (following :: _ as others) -> (n, following) :: chained others
    in
    let changes = chained clusters in
    let* () =
      match (behind, clusters) with
      | Some last, first :: _ ->
          (* What lies in the sector of the link goes with it, the rest before. *)
          let with_link, before = List.partition (fun (n, _) -> sector_of t n = sector_of t last) changes in
          let* () = set t before in
          set t ((last, first) :: with_link)
      | _ -> set t changes
    in
    t.free <- t.free - List.length clusters;
    Lwt.return_ok ()

  (* Of a chain in a circle every cluster is released once: a free one ends it, and so does one
     that is about to be. *)
  let rec release t ~start =
    Hashtbl.remove t.places start;
    let going = Hashtbl.create 16 in
    let rec some n =
      if Hashtbl.length going = released_at_once then Lwt.return_ok (Some n)
      else if Hashtbl.mem going n || not (is_cluster t n) then Lwt.return_ok None
      else
        let* following = entry t n in
        if following = 0 then Lwt.return_ok None
        else begin
          Hashtbl.replace going n ();
          some following
        end
    in
    let* rest = some start in
    let clusters = Hashtbl.fold (fun n () all -> n :: all) going [] in
    let* () = set t (List.map (fun n -> (n, 0)) clusters) in
    let usable = List.filter (fun n -> not (is_split t n)) clusters in
    t.free <- t.free + List.length usable;
    match rest with
    | Some start -> release t ~start
    | None -> Lwt.return_ok ()

  let is_taken t said =
    let bits = match t.boot.format with FAT12 -> 12 | FAT16 -> 16 | FAT32 -> 28 in
    is_cluster t said || said >= (1 lsl bits) - 8

  let free_lost t ~is_lost =
    let end_ = t.boot.clusters + 2 in
    let rec from n lost =
      if n >= end_ || List.length lost = 256 then
        let* () = set t (List.map (fun n -> (n, 0)) lost) in
        let usable = List.filter (fun n -> not (is_split t n)) lost in
        t.free <- t.free + List.length usable;
        if n >= end_ then Lwt.return_ok () else from n []
      else
        let* said = entry t n in
        from (n + 1) (if is_taken t said && is_lost n then n :: lost else lost)
    in
    from 2 []

  (* ---- Chains *)

  let places_of t start =
    match Hashtbl.find_opt t.places start with
    | Some places -> places
    | None ->
        if Hashtbl.length t.places >= most_places then Hashtbl.reset t.places;
        let places = Hashtbl.create 16 in
        Hashtbl.replace t.places start places;
        places

  (* Of a chain, the latest place (under -1) and some on the way are remembered, evenly, so that
     one gets there from close by, forwards and backwards. *)
  let stride t = max 64 (t.boot.clusters / 512)

  let nearest t places ~start index =
    let stride = stride t in
    let latest =
      match (Hashtbl.find_opt places (-1), Hashtbl.find_opt places (-2)) with
      | Some at, Some n when at <= index -> (at, n)
      | _ -> (0, start)
    in
    let rec down multiple =
      if multiple <= fst latest then latest
      else
        match Hashtbl.find_opt places multiple with
        | Some n -> (multiple, n)
        | None -> down (multiple - stride)
    in
    down (index / stride * stride)

  let reach t ~start index =
    let index = min index (t.boot.clusters - 1) and stride = stride t in
    let places = places_of t start in
    let rec walk at n =
      if at > 0 && at mod stride = 0 then Hashtbl.replace places at n;
      let* following = if at = index then Lwt.return_ok None else next t n in
      match following with
      | Some following -> walk (at + 1) following
      | None ->
          Hashtbl.replace places (-1) at;
          Hashtbl.replace places (-2) n;
          Lwt.return_ok (Some (at, n))
    in
    if not (is_cluster t start) then Lwt.return_ok None
    else
      let at, n = nearest t places ~start index in
      walk at n
end
