(* One operation at a time: each is several writes, whose order keeps the file system whole.
   First what nothing leads to yet (data, new clusters' entries, a new directory), then the
   one sector that leads to it; when something goes, that sector first. Between them are barriers,
   at which a device that can be flushed is: what a cut of the power leaves is then what a kill at
   the barrier could have left, and some of what came behind it. *)

module Durable (B : Fat_device.S) = struct
  module Cache = Fat_cache.Make (B)
  module Map = Fat_sector_map.Make (B)
  module Directory = Fat_directory.Make (B)
  module File = Fat_file.Make (B)
  module Information = Fat_information.Make (B)
  module Update = Fat_update.Make (B)
  module Recovery = Fat_recovery.Make (B)
  module Tree = Fat_tree.Make (B)
  module Write = Fat_write.Make (B)

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
    tree : Tree.t;
    write : Write.t;
    is_damaged : bool;
    is_synchronous : bool;  (* changes are flushed before they are answered *)
    turn : Lwt_mutex.t;
  }

  let ( let* ) = Lwt_result.bind
  let in_turn t f = Lwt_mutex.with_lock t.turn f

  (* ---- Reading *)

  let read t path offset length =
    in_turn t (fun () ->
        let* _, entry = Tree.file t.tree path in
        if offset < 0 || length <= 0 then Lwt.return_ok []
        else File.read t.cache t.map entry ~offset ~length)

  let size t path =
    in_turn t (fun () ->
        let* _, entry = Tree.file t.tree path in
        Lwt.return_ok (Int64.of_int entry.size))

  let stat_of (entry : Fat_entry.t) : Mirage_fs.stat =
    {
      filename = entry.name;
      read_only = Fat_entry.is_read_only entry;
      directory = Fat_entry.is_directory entry;
      size = Int64.of_int entry.size;
    }

  let stat_of_root : Mirage_fs.stat = { filename = "/"; read_only = false; directory = true; size = 0L }

  let stat t path =
    in_turn t (fun () ->
        let* found = Tree.lookup t.tree path in
        match found with
        | `Nothing -> Lwt.return_error `No_directory_entry
        | `Root -> Lwt.return_ok stat_of_root
        | `Entry (_, entry) -> Lwt.return_ok (stat_of entry))

  let listdir t path =
    in_turn t (fun () ->
        let* place = Tree.directory t.tree path in
        let* entries = Directory.entries t.directory place in
        Lwt.return_ok (List.map (fun (entry : Fat_entry.t) -> entry.name) entries))

  (* ---- Writing *)

  (* A hint of FAT32 for other systems. *)
  let set_free cache map =
    match (Map.boot_sector map).information_offset with
    | Some offset -> Information.set_free cache ~offset (Map.Table.free (Map.table map))
    | None -> Lwt.return_ok ()

  (* A change's last words: FSInfo is right again, and all of it is flushed. After an error nobody
     knows what the device has, so that everything is read again. *)
  let changing t f =
    let damaged = "the file system is damaged, and only read: fsck.fat -a repairs it" in
    if t.is_damaged then Lwt.return_error (`Exn (Failure damaged))
    else
      in_turn t (fun () ->
          Lwt.try_bind f
            (fun answer ->
               if Result.is_error answer then Tree.forget t.tree;
               let* () = set_free t.cache t.map in
               let* () = if t.is_synchronous then Cache.barrier t.cache else Lwt.return_ok () in
               Lwt.return answer)
            (fun exn ->
               Tree.forget t.tree;
               Lwt.fail exn))

  let sync t = in_turn t (fun () -> Cache.barrier t.cache)
  let invalid sentence = Lwt.return_error (`Exn (Invalid_argument sentence))

  let create t path =
    changing t (fun () ->
        let* found = Tree.lookup t.tree path in
        match found with
        | `Root | `Entry _ -> Lwt.return_error `File_already_exists
        | `Nothing -> Tree.add_file t.tree path)

  let mkdir t path =
    changing t (fun () ->
        let* found = Tree.lookup t.tree path in
        match found with
        | `Root -> Lwt.return_ok ()
        | `Entry (_, entry) when Fat_entry.is_directory entry -> Lwt.return_ok ()
        | `Entry _ -> Lwt.return_error `File_already_exists
        | `Nothing -> Tree.add_directory t.tree path)

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
        let* found = Tree.lookup t.tree path in
        match found with
        | `Nothing -> Lwt.return_error `No_directory_entry
        | `Root -> invalid "the root directory cannot be removed"
        | `Entry (place, entry) ->
            let* () = writable path entry in
            let* () = check_empty t entry in
            Tree.forget_latest t.tree;
            let* () = Directory.remove t.directory place entry in
            let* () = Cache.barrier t.cache in
            Map.release t.map ~start:entry.cluster)

  let write t path offset data =
    changing t (fun () ->
        let* found = Tree.lookup t.tree path in
        let* () = if found = `Nothing then Tree.add_file t.tree path else Lwt.return_ok () in
        let* place, entry = Tree.file t.tree path in
        let* () = writable path entry in
        if offset < 0 then invalid "a file has no bytes before its first"
        else if offset + Cstruct.length data > Write.largest_file then Lwt.return_error `No_space
        else
          Write.run t.write path (place, entry) ~offset data)

  (* ---- Beginning and end *)

  let disconnect t =
    Lwt.bind (sync t) (fun (_ : (unit, write_error) result) -> B.disconnect (Cache.device t.cache))

  let sentence ppf e = Format.asprintf "%a" ppf e

  (* Whether a guest was killed is written nowhere: a mark would be two more writes a change. What
     it wrote and did not flush is read here, so that it has to be flushed before anything is
     written that rests on it. *)
  let connected cache (boot : Fat_boot_sector.t) ~is_synchronous =
    let read_write = Cache.read_write cache in
    let* () = Cache.barrier cache in
    let* () = if read_write then Update.equal_copies cache boot else Lwt.return_ok () in
    let* map = Map.connect cache boot in
    let directory = Directory.connect cache map in
    let* found = Recovery.run map directory ~read_write in
    let is_damaged = found = `Damaged in
    let* () = if read_write && not is_damaged then set_free cache map else Lwt.return_ok () in
    let* () = Cache.barrier cache in
    let tree = Tree.connect directory in
    let write = { Write.cache; map; directory; tree } in
    Lwt.return_ok { cache; map; directory; tree; write; is_damaged; is_synchronous; turn = Lwt_mutex.create () }

  let fail what = Lwt.fail_with ("Fat.FS.connect: " ^ what)

  let connect ?(sync = true) device =
    Lwt.bind (Cache.connect device) (fun cache ->
        let device_bytes = Cache.size_bytes cache in
        Lwt.bind (Cache.read cache ~offset:0 ~length:(min 512 device_bytes)) (function
            | Error (`Block_read e) -> fail (sentence B.pp_error e)
            | Ok first -> (
                match Fat_boot_sector.decode first ~device_bytes with
                | Error what -> fail what
                | Ok boot ->
                    Lwt.bind (connected cache boot ~is_synchronous:sync) (function
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
              let* t = connected cache boot ~is_synchronous:true in
              Lwt.return_ok t)
end

module Make (B : Mirage_block.S) = struct
  include Durable (Fat_device.Without_flush (B))

  let connect device = connect device
end
