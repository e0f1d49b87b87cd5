(* One operation at a time: each is several writes, whose order keeps the file system whole.
   First what nothing leads to yet (data, new clusters' entries, a new directory), then the
   one sector that leads to it; when something goes, that sector first. *)

module Make (B : Mirage_block.S) = struct
  module Cache = Fat_cache.Make (B)
  module Map = Fat_sector_map.Make (B)
  module Directory = Fat_directory.Make (B)
  module File = Fat_file.Make (B)
  module Information = Fat_information.Make (B)
  module Update = Fat_update.Make (B)
  module Recovery = Fat_recovery.Make (B)

  type error = [ Mirage_fs.error | `Block_read of B.error ]

  type write_error =
    [ error
    | Mirage_fs.write_error
    | `Directory_not_empty
    | `Block_write of B.write_error
    | `Exn of exn ]

  let pp_error ppf = function
    | #Mirage_fs.error as e -> Mirage_fs.pp_error ppf e
    | `Block_read e -> B.pp_error ppf e

  let pp_write_error ppf = function
    | #error as e -> pp_error ppf e
    | #Mirage_fs.write_error as e -> Mirage_fs.pp_write_error ppf e
    | `Directory_not_empty -> Format.pp_print_string ppf "the directory is not empty"
    | `Block_write e -> B.pp_write_error ppf e
    | `Exn (Invalid_argument text | Failure text) -> Format.pp_print_string ppf text
    | `Exn e -> Format.pp_print_string ppf (Printexc.to_string e)

  type t = {
    cache : Cache.t;
    map : Map.t;
    directory : Directory.t;
    damaged : bool;
    turn : Lwt_mutex.t;
    mutable latest : (string * (Directory.place * Fat_entry.t)) option;  (* a path's *)
  }

  let ( let* ) = Lwt_result.bind

  (* ---- Finding *)

  (* Where the last of [names] is, or would be. *)
  let rec descend t place = function
    | [] -> Lwt.return_ok `Root
    | [ name ] ->
        let* found = Directory.find t.directory place name in
        Lwt.return_ok
          (match found with
           | Some entry -> `Entry (place, entry)
           | None -> `Nothing)
    | name :: below -> (
        let* found = Directory.find t.directory place name in
        match found with
        | None -> Lwt.return_ok `Nothing
        | Some entry when Fat_entry.is_directory entry ->
            descend t (Directory.place_of entry) below
        | Some _ -> Lwt.return_error `Not_a_directory)

  let names path = Fat_path.to_string_list (Fat_path.of_string path)

  let lookup t path =
    match t.latest with
    | Some (known, found) when known = path -> Lwt.return_ok (`Entry found)
    | Some _ | None ->
        let* found = descend t Directory.root (names path) in
        (match found with
         | `Entry found -> t.latest <- Some (path, found)
         | `Root | `Nothing -> ());
        Lwt.return_ok found

  let in_turn t f = Lwt_mutex.with_lock t.turn f

  (* ---- Reading *)

  let file t path =
    let* found = lookup t path in
    match found with
    | `Nothing -> Lwt.return_error `No_directory_entry
    | `Root -> Lwt.return_error `Is_a_directory
    | `Entry (_, entry) when Fat_entry.is_directory entry -> Lwt.return_error `Is_a_directory
    | `Entry found -> Lwt.return_ok found

  let read t path offset length =
    in_turn t (fun () ->
        let* _, entry = file t path in
        if offset < 0 || length <= 0 then Lwt.return_ok []
        else File.read t.cache t.map entry ~offset ~length)

  let size t path =
    in_turn t (fun () ->
        let* _, entry = file t path in
        Lwt.return_ok (Int64.of_int entry.size))

  let stat t path : (Mirage_fs.stat, error) result Lwt.t =
    in_turn t (fun () ->
        let* found = lookup t path in
        match found with
        | `Nothing -> Lwt.return_error `No_directory_entry
        | `Root ->
            Lwt.return_ok
              { Mirage_fs.filename = "/"; read_only = false; directory = true; size = 0L }
        | `Entry (_, entry) ->
            Lwt.return_ok
              {
                Mirage_fs.filename = entry.name;
                read_only = Fat_entry.is_read_only entry;
                directory = Fat_entry.is_directory entry;
                size = Int64.of_int entry.size;
              })

  let place t path =
    let* found = lookup t path in
    match found with
    | `Nothing -> Lwt.return_error `No_directory_entry
    | `Root -> Lwt.return_ok Directory.root
    | `Entry (_, entry) when Fat_entry.is_directory entry ->
        Lwt.return_ok (Directory.place_of entry)
    | `Entry _ -> Lwt.return_error `Not_a_directory

  let listdir t path =
    in_turn t (fun () ->
        let* place = place t path in
        let* entries = Directory.entries t.directory place in
        Lwt.return_ok (List.map (fun (entry : Fat_entry.t) -> entry.name) entries))

  (* ---- Writing *)

  (* A change's last word: FSInfo is right again. After an error nobody knows what the device
     has, so that everything is read again. *)
  let changing t f =
    let damaged = "the file system is damaged, and only read: fsck.fat -a repairs it" in
    if t.damaged then Lwt.return_error (`Exn (Failure damaged))
    else
      in_turn t (fun () ->
          let set_free () =
            match (Map.boot_sector t.map).information_offset with
            | Some offset -> Information.set_free t.cache ~offset (Map.free t.map)
            | None -> Lwt.return_ok ()
          in
          let forget () =
            t.latest <- None;
            Directory.forget t.directory
          in
          Lwt.try_bind f
            (fun answer ->
               if Result.is_error answer then forget ();
               let* () = set_free () in
               Lwt.return answer)
            (fun exn ->
               forget ();
               Lwt.fail exn))

  let invalid sentence = Lwt.return_error (`Exn (Invalid_argument sentence))

  let add t place name ~attributes ~cluster =
    match Fat_name.to_units name with
    | Error sentence -> invalid sentence
    | Ok units -> Directory.add t.directory place units ~attributes ~cluster

  let add_directory t place name =
    match Fat_name.to_units name with
    | Error sentence -> invalid sentence
    | Ok units ->
        let* cluster = Directory.make t.directory ~parent:place in
        let attributes = Fat_entry.directory_attribute in
        let* () = Directory.add t.directory place units ~attributes ~cluster in
        Lwt.return_ok cluster

  (* The directory that these names lead to: what is missing of it comes to be. *)
  let rec made t place = function
    | [] -> Lwt.return_ok place
    | name :: below -> (
        let* found = Directory.find t.directory place name in
        match found with
        | Some entry when Fat_entry.is_directory entry ->
            made t (Directory.place_of entry) below
        | Some _ -> Lwt.return_error `Not_a_directory
        | None ->
            let* place = add_directory t place name in
            made t place below)

  let add_file t path =
    let path = Fat_path.of_string path in
    let above = Fat_path.to_string_list (Fat_path.directory path) in
    let* place = made t Directory.root above in
    let attributes = Fat_entry.archive_attribute in
    add t place (Fat_path.filename path) ~attributes ~cluster:0

  let create t path =
    changing t (fun () ->
        let* found = lookup t path in
        match found with
        | `Root | `Entry _ -> Lwt.return_error `File_already_exists
        | `Nothing -> add_file t path)

  let mkdir t path =
    changing t (fun () ->
        let* found = lookup t path in
        match found with
        | `Root -> Lwt.return_ok ()
        | `Entry (_, entry) when Fat_entry.is_directory entry -> Lwt.return_ok ()
        | `Entry _ -> Lwt.return_error `File_already_exists
        | `Nothing ->
            let* _ = made t Directory.root (names path) in
            Lwt.return_ok ())

  let writable path entry =
    if Fat_entry.is_read_only entry then
      Lwt.return_error (`Exn (Failure (path ^ " is marked as read-only")))
    else Lwt.return_ok ()

  let check_empty t (entry : Fat_entry.t) =
    if not (Fat_entry.is_directory entry) then Lwt.return_ok ()
    else
      let* entries = Directory.entries t.directory (Directory.place_of entry) in
      if entries = [] then Lwt.return_ok () else Lwt.return_error `Directory_not_empty

  let destroy t path =
    changing t (fun () ->
        let* found = lookup t path in
        match found with
        | `Nothing -> Lwt.return_error `No_directory_entry
        | `Root -> invalid "the root directory cannot be removed"
        | `Entry (place, entry) ->
            let* () = writable path entry in
            let* () = check_empty t entry in
            t.latest <- None;
            Directory.forget t.directory;
            let* () = Directory.remove t.directory place entry in
            Map.release t.map ~start:entry.cluster)

  (* Each part is whole before the next begins, and as small as one request of a device; what
     FAT needs to remember of it is bounded by that. *)
  let part_bytes = 1 lsl 20

  let zeros = lazy (Cstruct.create part_bytes)

  let write_part t path (place, entry) ~offset data =
    let* (after : Fat_entry.t) = File.write t.cache t.map entry ~offset data in
    let* () =
      if after = entry then Lwt.return_ok ()
      else Directory.set_start t.directory place after ~cluster:after.cluster ~size:after.size
    in
    t.latest <- Some (path, (place, after));
    Lwt.return_ok after

  let rec write_parts t path (place, (entry : Fat_entry.t)) ~offset data =
    let gap = min part_bytes (offset - entry.size) in
    if gap > 0 then
      let zeros = Cstruct.sub (Lazy.force zeros) 0 gap in
      let* after = write_part t path (place, entry) ~offset:entry.size zeros in
      write_parts t path (place, after) ~offset data
    else if Cstruct.length data = 0 then Lwt.return_ok ()
    else
      let part, rest = Cstruct.split data (min part_bytes (Cstruct.length data)) in
      let* after = write_part t path (place, entry) ~offset part in
      write_parts t path (place, after) ~offset:(offset + Cstruct.length part) rest

  let largest_file = 0xffff_ffff

  let write t path offset data =
    changing t (fun () ->
        let* found = lookup t path in
        let* () = if found = `Nothing then add_file t path else Lwt.return_ok () in
        let* place, entry = file t path in
        let* () = writable path entry in
        if offset < 0 then invalid "a file has no bytes before its first"
        else if offset + Cstruct.length data > largest_file then Lwt.return_error `No_space
        else
          let* entry = File.sound t.map entry in
          write_parts t path (place, entry) ~offset data)

  (* ---- Beginning *)

  let disconnect t = B.disconnect (Cache.device t.cache)

  let sentence ppf e = Format.asprintf "%a" ppf e

  (* Whether a guest was killed is written nowhere: a mark would be two more writes a change. *)
  let connected cache (boot : Fat_boot_sector.t) =
    let read_write = Cache.read_write cache in
    let* () = if read_write then Update.equal_copies cache boot else Lwt.return_ok () in
    let* map = Map.connect cache boot in
    let directory = Directory.connect cache map in
    let* found = Recovery.run map directory ~read_write in
    let damaged = found = `Damaged in
    let* () =
      match boot.information_offset with
      | Some offset when read_write && not damaged -> Information.set_free cache ~offset (Map.free map)
      | Some _ | None -> Lwt.return_ok ()
    in
    Lwt.return_ok { cache; map; directory; damaged; turn = Lwt_mutex.create (); latest = None }

  let fail what = Lwt.fail_with ("Fat.FS.connect: " ^ what)

  let connect device =
    Lwt.bind (Cache.connect device) (fun cache ->
        let device_bytes = Cache.size_bytes cache in
        Lwt.bind (Cache.read cache ~offset:0 ~length:(min 512 device_bytes)) (function
            | Error (`Block_read e) -> fail (sentence B.pp_error e)
            | Ok first -> (
                match Fat_boot_sector.decode first ~device_bytes with
                | Error what -> fail what
                | Ok boot ->
                    Lwt.bind (connected cache boot) (function
                        | Ok t -> Lwt.return t
                        | Error e -> fail (sentence pp_write_error (e :> write_error))))))

  let format device bytes =
    Lwt.bind (Cache.connect device) (fun cache ->
        let room = min (Int64.to_int bytes) (Cache.size_bytes cache) in
        if Int64.to_int bytes > room then Lwt.return_error `No_space
        else
          let sector_bytes = max 512 (Cache.sector_bytes cache) in
          match Fat_boot_sector.layout ~sector_bytes ~bytes:room with
          | Error what -> invalid what
          | Ok boot ->
              let* () = Update.make cache boot in
              let* t = connected cache boot in
              Lwt.return_ok t)
end
