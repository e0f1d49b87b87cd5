(* A chain of clusters is read and written by runs: clusters that lie behind each other on the
   device take one request. *)

let ( let* ) = Lwt_result.bind

module Make (B : Fat_device.S) = struct
  module Cache = Fat_cache.Make (B)
  module Map = Fat_sector_map.Make (B)

  type run = {
    at : int;  (* on the device, in bytes *)
    bytes : int;
  }

  (* Joins places that lie behind each other; in their order. *)
  let joined runs =
    let join all run =
      match all with
      | last :: others when last.at + last.bytes = run.at ->
          { last with bytes = last.bytes + run.bytes } :: others
      | all -> run :: all
    in
    List.rev (List.fold_left join [] runs)

  (* Where [length] bytes from [offset] on of a chain lie; less where the chain ends. *)
  let runs map ~start ~offset ~length =
    let boot = Map.boot_sector map in
    let bytes_of = boot.cluster_bytes in
    let end_ = offset + length in
    let rec from at found =
      let index = at / bytes_of in
      let* place = if at >= end_ then Lwt.return_ok None else Map.reach map ~start index in
      match place with
      | Some (reached, cluster) when reached = index ->
          let inside = at mod bytes_of in
          let bytes = min (bytes_of - inside) (end_ - at) in
          let run = { at = Fat_boot_sector.cluster_offset boot cluster + inside; bytes } in
          from (at + bytes) (run :: found)
      | Some _ | None -> Lwt.return_ok (joined (List.rev found))
    in
    from offset []

  let read cache map (entry : Fat_entry.t) ~offset ~length =
    let length = min length (entry.size - offset) in
    let* runs = if length <= 0 then Lwt.return_ok [] else runs map ~start:entry.cluster ~offset ~length in
    let rec each found = function
      | [] -> Lwt.return_ok (List.rev found)
      | run :: others ->
          let* bytes = Cache.read_data cache ~offset:run.at ~length:run.bytes in
          each (bytes :: found) others
    in
    each [] runs

  (* ---- Writing *)

  let rec write_runs cache data = function
    | [] -> Lwt.return_ok ()
    | run :: others ->
        let piece, rest = Cstruct.split data (min run.bytes (Cstruct.length data)) in
        let* () = Cache.write_data cache ~offset:run.at piece in
        write_runs cache rest others

  let clusters_for map bytes =
    let bytes_of = (Map.boot_sector map).cluster_bytes in
    (bytes + bytes_of - 1) / bytes_of

  (* How many of the first [wanted] clusters the chain has, and the last of them. *)
  let there map ~start wanted =
    let* place = if wanted = 0 then Lwt.return_ok None else Map.reach map ~start (wanted - 1) in
    Lwt.return_ok (Option.fold ~none:(0, 0) ~some:(fun (at, n) -> (at + 1, n)) place)

  let sound map (entry : Fat_entry.t) =
    let* clusters, _ = there map ~start:entry.cluster (clusters_for map entry.size) in
    let held = clusters * (Map.boot_sector map).cluster_bytes in
    Lwt.return_ok { entry with size = min entry.size held }

  (* Zeros up to a sector's end: what was there needs no reading then. *)
  let padded cache data =
    let over = Cstruct.length data mod Cache.sector_bytes cache in
    if over = 0 then data
    else Cstruct.append data (Cstruct.create (Cache.sector_bytes cache - over))

  let write cache map (entry : Fat_entry.t) ~offset data =
    let boot = Map.boot_sector map in
    let size = max entry.size (offset + Cstruct.length data) in
    let wanted = clusters_for map size in
    let* held, last = there map ~start:entry.cluster wanted in
    let* chosen = if wanted > held then Map.choose map (wanted - held) else Lwt.return_ok [] in
    (* A killed guest may have left more clusters behind the file's end than it needs. *)
    let in_held = max 0 (min (Cstruct.length data) ((held * boot.cluster_bytes) - offset)) in
    let old, fresh = Cstruct.split data in_held in
    let* before = runs map ~start:entry.cluster ~offset ~length:in_held in
    let* () = write_runs cache old before in
    let place n = { at = Fat_boot_sector.cluster_offset boot n; bytes = boot.cluster_bytes } in
    let* () = write_runs cache (padded cache fresh) (joined (List.map place chosen)) in
    let* () =
      match chosen with
      | [] -> Lwt.return_ok ()
      | _ when held = 0 -> Map.link map chosen
      | _ -> Map.link map ~behind:last chosen
    in
    let cluster = if held = 0 then List.fold_right (fun n _ -> n) chosen 0 else entry.cluster in
    Lwt.return_ok { entry with cluster; size }
end
