(* All directories are walked, and the clusters marked that they and their files need. What is
   then taken but not marked belongs to nothing and can be freed, if nothing else was wrong: a
   file with too few clusters may have lost just those. A chain that goes on behind its file's end
   is always cut there: it may lead into another file's, which growing would overwrite. Where a
   cluster is in two chains, or in one and free, every change could destroy something: such a file
   system is only read. Memory is a bit a cluster, and a number a directory. *)

let ( let* ) = Lwt_result.bind

module Make (B : Fat_device.S) = struct
  module Map = Fat_sector_map.Make (B)
  module Table = Map.Table
  module Directory = Fat_directory.Make (B)

  type walk = {
    map : Map.t;
    table : Table.t;
    directory : Directory.t;
    marks : Bytes.t;
    mutable damaged : bool;
    mutable complete : bool;
    mutable long : (int * int) list;  (* entries of the table that end a chain *)
    mutable places : Directory.place list;
    mutable unneeded : (Directory.place * Fat_entry.t) list;  (* empty files with clusters *)
  }

  let is_marked walk n = Char.code (Bytes.get walk.marks (n lsr 3)) land (1 lsl (n land 7)) <> 0

  let mark walk n =
    let byte = Char.code (Bytes.get walk.marks (n lsr 3)) lor (1 lsl (n land 7)) in
    Bytes.set walk.marks (n lsr 3) (Char.chr byte)

  (* Marks a chain's first [wanted] clusters: the last of them when it goes on. *)
  let rec chain walk n wanted =
    if (not (Table.is_cluster walk.table n)) || is_marked walk n then Lwt.return_ok `Damaged
    else begin
      mark walk n;
      let* said = Table.entry walk.table n in
      let goes_on = Table.is_cluster walk.table said in
      if goes_on && wanted > 1 then chain walk said (wanted - 1)
      else if goes_on then Lwt.return_ok (`Longer n)
      else if not (Table.is_taken walk.table said) then Lwt.return_ok `Damaged
      else Lwt.return_ok (if wanted = 1 then `Whole else `Shorter)
    end

  let file walk place (entry : Fat_entry.t) =
    let bytes = (Map.boot_sector walk.map).cluster_bytes in
    let wanted = (entry.size + bytes - 1) / bytes in
    if wanted = 0 then begin
      if entry.cluster <> 0 then walk.unneeded <- (place, entry) :: walk.unneeded;
      Lwt.return_ok ()
    end
    else
      let* found = chain walk entry.cluster wanted in
      (match found with
       | `Whole -> ()
       | `Longer last -> walk.long <- (last, Map.end_mark) :: walk.long
       | `Shorter -> walk.complete <- false
       | `Damaged -> walk.damaged <- true);
      Lwt.return_ok ()

  (* Whether the directory is met for the first time, and all of it. *)
  let enter walk place (entry : Fat_entry.t) =
    let* found = chain walk entry.cluster max_int in
    if found = `Damaged then begin
      walk.damaged <- true;
      Directory.hide walk.directory place entry
    end;
    Lwt.return_ok (found <> `Damaged)

  (* A directory that is in a tree twice, perhaps below itself, is shown where it was met first:
     whoever walks the tree comes to an end. *)
  let rec directories walk = function
    | [] -> Lwt.return_ok ()
    | place :: others ->
        walk.places <- place :: walk.places;
        let* entries = Directory.entries walk.directory place in
        let rec each waiting = function
          | [] -> directories walk waiting
          | entry :: entries when Fat_entry.is_directory entry ->
              let* entered = enter walk place entry in
              each (if entered then Directory.place_of entry :: waiting else waiting) entries
          | entry :: entries ->
              let* () = file walk place entry in
              each waiting entries
        in
        each others entries

  let rec each f = function
    | [] -> Lwt.return_ok ()
    | one :: others ->
        let* () = f one in
        each f others

  let mend walk =
    let* () = each (Directory.tidy walk.directory) walk.places in
    let shorten (place, entry) =
      Directory.set_start walk.directory place entry ~cluster:0 ~size:0
    in
    let* () = each shorten walk.unneeded in
    let* () = Table.set walk.table walk.long in
    let* () = Table.barrier walk.table in
    if walk.complete then Map.free_lost walk.map ~is_lost:(fun n -> not (is_marked walk n))
    else Lwt.return_ok ()

  let start map directory =
    let marks = Bytes.make ((((Map.boot_sector map).clusters + 2) / 8) + 1) '\000' in
    {
      map;
      table = Map.table map;
      directory;
      marks;
      damaged = false;
      complete = true;
      long = [];
      places = [];
      unneeded = [];
    }

  let run map directory ~read_write =
    let walk = start map directory in
    let root = (Map.boot_sector map).root_cluster in
    let* found = if root = 0 then Lwt.return_ok `Whole else chain walk root max_int in
    walk.damaged <- found = `Damaged;
    let* () = directories walk [ Directory.root ] in
    let* () =
      if (not walk.damaged) && read_write then mend walk else Lwt.return_ok ()
    in
    Lwt.return_ok (if walk.damaged then `Damaged else `Sound)
end
