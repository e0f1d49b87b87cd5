(* A device writes a sector whole or not at all, so an entry with its long name goes into one
   sector where it fits, which is all names up to 195 characters. The longest take two, at the
   directory's end: sectors are written from the last to the first, and as long as the first has
   not been, the mark of the end in it hides the others. Removing goes the same way: a file's own
   slot is the last one. *)

let ( let* ) = Lwt_result.bind

(* What a directory may have at most, in the specification's words: 65,536 slots. *)
let most_bytes = 65536 * Fat_entry.slot_bytes

(* Directories that are kept in memory: so many, and no more bytes than the largest has. *)
let most_kept = 64

module Make (B : Fat_device.S) = struct
  module Cache = Fat_cache.Make (B)
  module Map = Fat_sector_map.Make (B)
  module Table = Map.Table

  type place = int

  type t = {
    cache : Cache.t;
    map : Map.t;
    kept : (place, Fat_content.t) Fat_recent.t;
    hidden : (place * int, unit) Hashtbl.t;  (* by directory and slot *)
  }

  let connect cache map =
    let kept = Fat_recent.create ~most:most_kept ~most_weight:most_bytes in
    { cache; map; kept; hidden = Hashtbl.create 1 }

  let root = 0
  let place_of (entry : Fat_entry.t) = entry.cluster
  let boot t = Map.boot_sector t.map
  let forget t = Fat_recent.reset t.kept

  let keep t place (content : Fat_content.t) =
    Fat_recent.put t.kept place ~weight:(Cstruct.length content.bytes) content

  (* ---- Reading *)

  (* Whole or not at all: a sector, of the device's or the file system's the smaller, since both
     begin where such a one does. *)
  let unit_bytes t = min (Cache.sector_bytes t.cache) (boot t).sector_bytes

  let clusters_of t start =
    let most = min (boot t).clusters (most_bytes / (boot t).cluster_bytes) in
    let table = Map.table t.map in
    let rec from n found left =
      let* following = Table.next table n in
      match following with
      | Some following when left > 1 -> from following (n :: found) (left - 1)
      | Some _ | None -> Lwt.return_ok (List.rev (n :: found))
    in
    if Table.is_cluster table start then from start [] most else Lwt.return_ok []

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
    let last_cluster = List.fold_left (fun _ n -> n) 0 clusters in
    Lwt.return_ok (Fat_content.make ~unit_bytes:(unit_bytes t) bytes ~extents ~extent_bytes ~last_cluster)

  let load t place =
    let boot = boot t in
    if place = root && boot.root_bytes > 0 then
      let* bytes = Cache.read t.cache ~offset:boot.root_offset ~length:boot.root_bytes in
      let extents = [| boot.root_offset |] and extent_bytes = boot.root_bytes in
      Lwt.return_ok (Fat_content.make ~unit_bytes:(unit_bytes t) bytes ~extents ~extent_bytes ~last_cluster:0)
    else
      let* clusters = clusters_of t (if place = root then boot.root_cluster else place) in
      read_clusters t clusters

  let get t place =
    match Fat_recent.find t.kept place with
    | Some content -> Lwt.return_ok content
    | None ->
        let* content = load t place in
        keep t place content;
        Lwt.return_ok content

  let hide t place (entry : Fat_entry.t) = Hashtbl.replace t.hidden (place, entry.last_slot) ()

  let is_shown t place (entry : Fat_entry.t) = not (Hashtbl.mem t.hidden (place, entry.last_slot))

  let entries t place =
    let* (content : Fat_content.t) = get t place in
    Lwt.return_ok (List.filter (is_shown t place) (Fat_index.entries content.index))

  let find t place name =
    let* (content : Fat_content.t) = get t place in
    Lwt.return_ok (Fat_index.find content.index ~is_shown:(is_shown t place) (Fat_name.key name))

  (* ---- Writing *)

  (* Writes slots from [first] to [last], their sectors from the last to the first, and keeps the
     directory with what has changed in it. *)
  let write_slots ?gone ?is t place (content : Fat_content.t) ~first ~last =
    Fat_recent.remove t.kept place;
    let unit = unit_bytes t / Fat_entry.slot_bytes in
    let rec down last =
      let from = max first (last / unit * unit) in
      let length = (last - from + 1) * Fat_entry.slot_bytes in
      let bytes = Cstruct.sub content.bytes (from * Fat_entry.slot_bytes) length in
      let* () = Cache.write t.cache ~offset:(Fat_content.slot_offset content from) bytes in
      if from = first then Lwt.return_ok ()
      else
        let* () = Cache.barrier t.cache in
        down (from - 1)
    in
    let* () = down last in
    keep t place { content with index = Fat_index.changed ?gone ?is content.index content.bytes ~first ~last };
    Lwt.return_ok ()

  let zero t cluster =
    let boot = boot t in
    Cache.write t.cache
      ~offset:(Fat_boot_sector.cluster_offset boot cluster)
      (Cstruct.create boot.cluster_bytes)

  (* One cluster more, all zeros: slots behind the end. *)
  let grow t place (content : Fat_content.t) =
    if content.last_cluster = 0 || Cstruct.length content.bytes >= most_bytes then
      Lwt.return_error `No_space
    else
      let* chosen = Map.choose t.map 1 in
      let cluster = List.hd chosen in
      let* () = zero t cluster in
      let* () = Cache.barrier t.cache in
      Fat_recent.remove t.kept place;
      let* () = Map.link t.map ~behind:content.last_cluster chosen in
      let content = Fat_content.longer content ~cluster ~offset:(Fat_boot_sector.cluster_offset (boot t) cluster) in
      keep t place content;
      Lwt.return_ok content

  let place_entry t place (content : Fat_content.t) first (is : Fat_entry.t) entry =
    let end_ = Fat_index.end_slot content.index in
    let behind = is.last_slot + 1 in
    for slot = end_ to first - 1 do
      Cstruct.memset (Fat_content.slot content slot) 0;
      Fat_entry.give_back content.bytes slot
    done;
    Cstruct.blit entry 0 content.bytes (first * Fat_entry.slot_bytes) (Cstruct.length entry);
    let ends = behind > end_ && behind < Cstruct.length content.bytes / Fat_entry.slot_bytes in
    if ends then
      Cstruct.memset (Fat_content.slot content behind) 0;
    write_slots ~is t place content ~first:(min first end_) ~last:(if ends then behind else behind - 1)

  let short_name (content : Fat_content.t) units =
    match Fat_name.short_fits units with
    | Some short -> short
    | None ->
        let shown = Fat_name.of_short ~lower_base:false ~lower_extension:false in
        let taken short = Fat_index.is_taken content.index (Fat_name.key (shown short)) in
        Fat_name.alias units ~taken

  let add t place units ~attributes ~cluster =
    let many = Fat_entry.slots_of units in
    let rec in_room (content : Fat_content.t) =
      match Fat_index.room content.index content.bytes many with
      | Some first ->
          let short = short_name content units in
          let slots = Fat_entry.encode units ~short ~attributes ~cluster ~size:0 in
          let entry = Fat_entry.made units ~short ~attributes ~cluster ~first_slot:first in
          place_entry t place content first entry slots
      | None ->
          let* content = grow t place content in
          in_room content
    in
    let* content = get t place in
    in_room content

  let set_start t place (entry : Fat_entry.t) ~cluster ~size =
    let* content = get t place in
    let slot = entry.last_slot in
    Fat_entry.set_start (Fat_content.slot content slot) ~cluster ~size;
    write_slots ~is:{ entry with cluster; size } t place content ~first:slot ~last:slot

  let remove t place (entry : Fat_entry.t) =
    if Fat_entry.is_directory entry then Fat_recent.remove t.kept (place_of entry);
    let* (content : Fat_content.t) = get t place in
    for slot = entry.first_slot to entry.last_slot do
      Fat_entry.give_back content.bytes slot
    done;
    write_slots ~gone:entry t place content ~first:entry.first_slot ~last:entry.last_slot

  let tidy t place =
    let* (content : Fat_content.t) = get t place in
    match List.sort compare (Fat_index.strays content.index) with
    | [] -> Lwt.return_ok ()
    | first :: _ as strays ->
        List.iter (Fat_entry.give_back content.bytes) strays;
        let content = { content with index = Fat_index.without_strays content.index } in
        write_slots t place content ~first ~last:(List.fold_left max first strays)

  let add_file t place units =
    add t place units ~attributes:Fat_entry.archive_attribute ~cluster:0

  (* A new, empty directory that nothing leads to: its cluster. *)
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
    let* () = Cache.barrier t.cache in
    Lwt.return_ok cluster

  let add_directory t place units =
    let* cluster = make t ~parent:place in
    Lwt.bind (add t place units ~attributes:Fat_entry.directory_attribute ~cluster) (function
        | Ok () -> Lwt.return_ok cluster
        | Error `No_space ->
            let* () = Map.release t.map ~start:cluster in
            Lwt.return_error `No_space
        | Error e -> Lwt.return_error e)
end
