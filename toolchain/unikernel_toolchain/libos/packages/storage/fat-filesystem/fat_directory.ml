(* A device writes a sector whole or not at all, so an entry with its long name goes into one
   sector where it fits, which is all names up to 195 characters. The longest take two, at the
   directory's end: sectors are written from the last to the first, and as long as the first has
   not been, the mark of the end in it hides the others. Removing goes the same way: a file's own
   slot is the last one. *)

let ( let* ) = Lwt_result.bind

(* What a directory may have at most, in the specification's words: 65,536 slots. *)
let most_bytes = 65536 * Fat_entry.slot_bytes

(* Directories that are kept in memory. *)
let most_kept = 4

module Make (B : Mirage_block.S) = struct
  module Cache = Fat_cache.Make (B)
  module Map = Fat_sector_map.Make (B)

  type place = int

  (* A directory as it is on the device: its bytes, and where each of its extents begins there.
     All extents have one length. *)
  type content = {
    bytes : Cstruct.t;
    extents : int array;
    extent_bytes : int;
    last_cluster : int;  (* 0 of a root directory that cannot grow *)
    entries : Fat_entry.t list Lazy.t;
  }

  type t = {
    cache : Cache.t;
    map : Map.t;
    kept : (place, content) Hashtbl.t;
    hidden : (place * int, unit) Hashtbl.t;  (* by directory and slot *)
  }

  let connect cache map = { cache; map; kept = Hashtbl.create most_kept; hidden = Hashtbl.create 1 }
  let root = 0
  let place_of (entry : Fat_entry.t) = entry.cluster
  let forget t = Hashtbl.reset t.kept
  let boot t = Map.boot_sector t.map

  (* ---- Reading *)

  let content bytes extents extent_bytes last_cluster =
    { bytes; extents; extent_bytes; last_cluster; entries = lazy (Fat_entry.all bytes) }

  let clusters_of t start =
    let most = min (boot t).clusters (most_bytes / (boot t).cluster_bytes) in
    let rec from n found left =
      let* following = Map.next t.map n in
      match following with
      | Some following when left > 1 -> from following (n :: found) (left - 1)
      | Some _ | None -> Lwt.return_ok (List.rev (n :: found))
    in
    if Map.is_cluster t.map start then from start [] most else Lwt.return_ok []

  let read_clusters t clusters =
    let extent_bytes = (boot t).cluster_bytes in
    let extents = Array.of_list (List.map (Fat_boot_sector.cluster_offset (boot t)) clusters) in
    let bytes = Cstruct.create (Array.length extents * extent_bytes) in
    let rec read i =
      if i = Array.length extents then Lwt.return_ok ()
      else
        let* extent = Cache.read t.cache ~offset:extents.(i) ~length:extent_bytes in
        Cstruct.blit extent 0 bytes (i * extent_bytes) extent_bytes;
        read (i + 1)
    in
    let* () = read 0 in
    Lwt.return_ok (content bytes extents extent_bytes (List.fold_left (fun _ n -> n) 0 clusters))

  let load t place =
    let boot = boot t in
    if place = root && boot.root_bytes > 0 then
      let* bytes = Cache.read t.cache ~offset:boot.root_offset ~length:boot.root_bytes in
      Lwt.return_ok (content bytes [| boot.root_offset |] boot.root_bytes 0)
    else
      let* clusters = clusters_of t (if place = root then boot.root_cluster else place) in
      read_clusters t clusters

  let keep t place content =
    if Hashtbl.length t.kept >= most_kept then Hashtbl.reset t.kept;
    Hashtbl.replace t.kept place content

  let get t place =
    match Hashtbl.find_opt t.kept place with
    | Some content -> Lwt.return_ok content
    | None ->
        let* content = load t place in
        keep t place content;
        Lwt.return_ok content

  let hide t place (entry : Fat_entry.t) = Hashtbl.replace t.hidden (place, entry.last_slot) ()

  let shown t place content =
    let all = Lazy.force content.entries in
    if Hashtbl.length t.hidden = 0 then all
    else
      List.filter
        (fun (entry : Fat_entry.t) -> not (Hashtbl.mem t.hidden (place, entry.last_slot)))
        all

  let entries t place =
    let* content = get t place in
    Lwt.return_ok (shown t place content)

  let find t place name =
    let* content = get t place in
    let found = List.find_opt (Fat_entry.matches (Fat_name.key name)) (shown t place content) in
    Lwt.return_ok found

  (* ---- Writing *)

  let slot_offset content slot =
    let at = slot * Fat_entry.slot_bytes in
    content.extents.(at / content.extent_bytes) + (at mod content.extent_bytes)

  let sector_of t content slot = slot_offset content slot / Cache.sector_bytes t.cache

  (* Writes slots from [first] to [last], their sectors from the last to the first. *)
  let write_slots t place content ~first ~last =
    Hashtbl.remove t.kept place;
    let rec down last =
      let sector = sector_of t content last in
      let rec begin_of slot =
        if slot > first && sector_of t content (slot - 1) = sector
           && slot_offset content (slot - 1) + Fat_entry.slot_bytes = slot_offset content slot
        then begin_of (slot - 1)
        else slot
      in
      let from = begin_of last in
      let length = (last - from + 1) * Fat_entry.slot_bytes in
      let bytes = Cstruct.sub content.bytes (from * Fat_entry.slot_bytes) length in
      let* () = Cache.write t.cache ~offset:(slot_offset content from) bytes in
      if from > first then down (from - 1) else Lwt.return_ok ()
    in
    let* () = down last in
    keep t place { content with entries = lazy (Fat_entry.all content.bytes) };
    Lwt.return_ok ()

  let slots content = Cstruct.length content.bytes / Fat_entry.slot_bytes

  (* The first of [many] free slots: in one sector, or behind the end when no sector has room
     for so many. *)
  let room t content many =
    let end_ = Fat_entry.end_slot content.bytes and total = slots content in
    let is_free slot = slot >= end_ || Fat_entry.is_free content.bytes slot in
    let rec run slot length =
      if length = many then Some (slot - many)
      else if slot >= total then None
      else if not (is_free slot) then run (slot + 1) 0
      else if length > 0 && sector_of t content slot <> sector_of t content (slot - 1) then
        run (slot + 1) 1
      else run (slot + 1) (length + 1)
    in
    if many * Fat_entry.slot_bytes <= min 512 (Cache.sector_bytes t.cache) then run 0 0
    else if end_ + many <= total then Some end_
    else None

  let zero t cluster =
    let boot = boot t in
    Cache.write t.cache
      ~offset:(Fat_boot_sector.cluster_offset boot cluster)
      (Cstruct.create boot.cluster_bytes)

  (* One cluster more, all zeros: slots behind the end. *)
  let grow t place content =
    if content.last_cluster = 0 || Cstruct.length content.bytes >= most_bytes then
      Lwt.return_error `No_space
    else
      let* chosen = Map.choose t.map 1 in
      let cluster = List.hd chosen in
      let* () = zero t cluster in
      let* () = Map.link t.map ~behind:content.last_cluster chosen in
      Hashtbl.remove t.kept place;
      get t place

  let place_entry t place content first entry =
    let end_ = Fat_entry.end_slot content.bytes in
    let many = Cstruct.length entry / Fat_entry.slot_bytes in
    let behind = first + many in
    for slot = end_ to first - 1 do
      Cstruct.memset (Cstruct.sub content.bytes (slot * Fat_entry.slot_bytes) Fat_entry.slot_bytes) 0;
      Fat_entry.give_back content.bytes slot
    done;
    Cstruct.blit entry 0 content.bytes (first * Fat_entry.slot_bytes) (Cstruct.length entry);
    let ends = behind > end_ && behind < slots content in
    if ends then
      Cstruct.memset (Cstruct.sub content.bytes (behind * Fat_entry.slot_bytes) Fat_entry.slot_bytes) 0;
    write_slots t place content ~first:(min first end_) ~last:(if ends then behind else behind - 1)

  let short_name content units =
    match Fat_name.short_fits units with
    | Some short -> short
    | None ->
        let all = Lazy.force content.entries in
        let taken = Hashtbl.create 64 in
        List.iter (fun (entry : Fat_entry.t) -> Hashtbl.replace taken entry.short ()) all;
        Fat_name.alias units ~taken:(Hashtbl.mem taken)

  let add t place units ~attributes ~cluster =
    let many = Fat_entry.slots_of units in
    let rec in_room content =
      match room t content many with
      | Some first ->
          let short = short_name content units in
          let entry = Fat_entry.encode units ~short ~attributes ~cluster ~size:0 in
          place_entry t place content first entry
      | None ->
          let* content = grow t place content in
          in_room content
    in
    let* content = get t place in
    in_room content

  let set_start t place (entry : Fat_entry.t) ~cluster ~size =
    let* content = get t place in
    let slot = entry.last_slot in
    let own = Cstruct.sub content.bytes (slot * Fat_entry.slot_bytes) Fat_entry.slot_bytes in
    Fat_entry.set_start own ~cluster ~size;
    write_slots t place content ~first:slot ~last:slot

  let remove t place (entry : Fat_entry.t) =
    let* content = get t place in
    for slot = entry.first_slot to entry.last_slot do
      Fat_entry.give_back content.bytes slot
    done;
    write_slots t place content ~first:entry.first_slot ~last:entry.last_slot

  let tidy t place =
    let* content = get t place in
    match List.sort compare (Fat_entry.strays content.bytes) with
    | [] -> Lwt.return_ok ()
    | first :: _ as strays ->
        List.iter (Fat_entry.give_back content.bytes) strays;
        write_slots t place content ~first ~last:(List.fold_left max first strays)

  let make t ~parent =
    let* chosen = Map.choose t.map 1 in
    let cluster = List.hd chosen in
    let* () = zero t cluster in
    let* () =
      Cache.write t.cache
        ~offset:(Fat_boot_sector.cluster_offset (boot t) cluster)
        (Fat_entry.dots ~itself:cluster ~parent)
    in
    let* () = Map.link t.map chosen in
    Lwt.return_ok cluster
end
