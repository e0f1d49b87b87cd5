(* Each part is whole before the next begins, and as small as one request of a device; what FAT
   needs to remember of it is bounded by that. *)

let ( let* ) = Lwt_result.bind

module Make (B : Fat_device.S) = struct
  module Cache = Fat_cache.Make (B)
  module Map = Fat_sector_map.Make (B)
  module Directory = Fat_directory.Make (B)
  module File = Fat_file.Make (B)
  module Tree = Fat_tree.Make (B)

  type t = {
    cache : Cache.t;
    map : Map.t;
    directory : Directory.t;
    tree : Tree.t;
  }

  let largest_file = 0xffff_ffff
  let part_bytes = 1 lsl 20

  let zeros = lazy (Cstruct.create part_bytes)

  let part t path (place, entry) ~offset data =
    let* (after : Fat_entry.t) = File.write t.cache t.map entry ~offset data in
    let* () =
      if after = entry then Lwt.return_ok ()
      else
        let* () = Cache.barrier t.cache in
        Directory.set_start t.directory place after ~cluster:after.cluster ~size:after.size
    in
    Tree.set_latest t.tree path (place, after);
    Lwt.return_ok after

  let rec parts t path (place, (entry : Fat_entry.t)) ~offset data =
    let gap = min part_bytes (offset - entry.size) in
    if gap > 0 then
      let zeros = Cstruct.sub (Lazy.force zeros) 0 gap in
      let* after = part t path (place, entry) ~offset:entry.size zeros in
      parts t path (place, after) ~offset data
    else if Cstruct.length data = 0 then Lwt.return_ok ()
    else
      let first, rest = Cstruct.split data (min part_bytes (Cstruct.length data)) in
      let* after = part t path (place, entry) ~offset first in
      parts t path (place, after) ~offset:(offset + Cstruct.length first) rest

  let run t path (place, entry) ~offset data =
    let* entry = File.sound t.map entry in
    parts t path (place, entry) ~offset data
end
