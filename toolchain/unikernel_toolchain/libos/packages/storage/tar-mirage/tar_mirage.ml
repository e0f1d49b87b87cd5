module Tree = Mirage_kv_tree
module Key = Mirage_kv.Key
module Index = Tar_mirage_index

let ( let* ) = Lwt_result.bind

module Make_KV_RO (BLOCK : Mirage_block.S) = struct
  type key = Key.t
  type error = [ Mirage_kv.error | `Block of BLOCK.error | `Unsupported of key * string ]

  let pp_error ppf = function
    | #Mirage_kv.error as e -> Mirage_kv.pp_error ppf e
    | `Block e -> BLOCK.pp_error ppf e
    | `Unsupported (key, what) -> Format.pp_print_string ppf (Key.to_string key ^ " is " ^ what)

  type t = {
    device : BLOCK.t;
    sector_bytes : int;
    size_bytes : int;
    tree : Index.tree;
  }

  (* ---- Bytes of the device *)

  let read device ~sector_bytes ~offset ~length =
    let first = offset / sector_bytes and end_ = (offset + length + sector_bytes - 1) / sector_bytes in
    let bytes = Cstruct.create_unsafe ((end_ - first) * sector_bytes) in
    let* () =
      Lwt_result.map_error (fun e -> `Block e) (BLOCK.read device (Int64.of_int first) [ bytes ])
    in
    Lwt.return_ok (Cstruct.sub bytes (offset - (first * sector_bytes)) length)

  let piece_bytes = 1 lsl 20

  let content t (place : Index.place) =
    let whole = Bytes.create place.size in
    let rec from at =
      if at = place.size then Lwt.return_ok (Bytes.unsafe_to_string whole)
      else
        let length = min piece_bytes (place.size - at) in
        let* piece =
          read t.device ~sector_bytes:t.sector_bytes ~offset:(place.offset + at) ~length
        in
        Cstruct.blit_to_bytes piece 0 whole at length;
        from (at + length)
    in
    from 0

  (* ---- The index. Headers are read through a window: small files lie close together. *)

  let window_bytes = 32768

  type window = {
    start : int;
    bytes : Cstruct.t;
  }

  let fail at what =
    Lwt.fail_with (Printf.sprintf "Tar_mirage.connect: at byte %d of the archive %s" at what)

  let indexed t =
    let window = ref { start = 0; bytes = Cstruct.empty } in
    let block at k =
      let { start; bytes } = !window in
      if at >= start && at + 512 <= start + Cstruct.length bytes then k (Cstruct.sub bytes (at - start) 512)
      else
        let length = min window_bytes (t.size_bytes - at) in
        Lwt.bind (read t.device ~sector_bytes:t.sector_bytes ~offset:at ~length) (function
            | Ok bytes ->
                window := { start = at; bytes };
                k (Cstruct.sub bytes 0 512)
            | Error (`Block e) -> fail at (Format.asprintf "the device says: %a" BLOCK.pp_error e))
    in
    let rec text at length found =
      if length <= 0 then Lwt.return (String.concat "" (List.rev found))
      else block at (fun b -> text (at + 512) (length - 512) (Cstruct.to_string ~len:(min 512 length) b :: found))
    in
    let rec behind_map at k =
      if at + 512 > t.size_bytes then fail at "the map of a file with holes is cut off"
      else block at (fun b -> if Tar_members.another_map_block b then behind_map (at + 512) k else k (at + 512))
    in
    let rec members at known index =
      if at + 512 > t.size_bytes then Lwt.return (Index.finished index)
      else
        block at (fun header ->
            match Tar_members.header known header with
            | End -> Lwt.return (Index.finished index)
            | No_header when at = 0 -> fail at "there is no header: this is no archive"
            | No_header -> fail at "there is no header where one has to be"
            | Damaged what -> fail at what
            | Extension (length, _) when at + 512 + length > t.size_bytes ->
                fail at "a header is cut off"
            | Extension (length, take) ->
                Lwt.bind (text (at + 512) length []) (fun text ->
                    match take text with
                    | Ok known -> members (at + 512 + ((length + 511) / 512 * 512)) known index
                    | Error what -> fail at what)
            | Member (known, member) -> body (at + 512) known member index)
    and body at known (member : Tar_members.member) index =
      let add data =
        let stop = data + member.stored in
        let needed = data + Int64.to_int (Int64.min (Int64.of_int member.stored) member.header.file_size) in
        if needed > t.size_bytes then fail data (member.header.file_name ^ " is cut off")
        else members stop known (Index.add index member ~data)
      in
      if member.map_follows then behind_map at add else add at
    in
    members 0 Tar_members.start Index.empty

  let connect device =
    Lwt.bind (BLOCK.get_info device) (fun (info : Mirage_block.info) ->
        let sector_bytes = info.sector_size in
        let size_bytes = Int64.to_int info.size_sectors * sector_bytes in
        let t = { device; sector_bytes; size_bytes; tree = Tree.empty 0L } in
        Lwt.map (fun tree -> { t with tree }) (indexed t))

  let disconnect t = BLOCK.disconnect t.device

  (* ---- The store *)

  let exists t key = Lwt.return_ok (Tree.exists t.tree key)
  let list t key = Lwt.return (Tree.list t.tree key)

  let get t key =
    match Tree.value t.tree key with
    | Error e -> Lwt.return_error e
    | Ok { content = Error what; _ } -> Lwt.return_error (`Unsupported (key, what))
    | Ok { content = Ok place; _ } -> content t place

  let modified = function
    | Tree.Value { Index.modified; _ } -> modified
    | Tree.Dictionary d -> d.about

  let newest (d : Index.tree) =
    Tree.Entries.fold (fun _ node latest -> max (modified node) latest) d.entries d.about

  let day_s = 86_400L

  let to_d_ps seconds =
    let day = Int64.div seconds day_s and rest = Int64.rem seconds day_s in
    let day, rest = if Int64.compare rest 0L < 0 then (Int64.pred day, Int64.add rest day_s) else (day, rest) in
    (Int64.to_int day, Int64.mul rest 1_000_000_000_000L)

  let last_modified t key =
    Lwt.return
      (match Tree.find t.tree key with
       | None -> Error (`Not_found key)
       | Some (Value { modified; _ }) -> Ok (to_d_ps modified)
       | Some (Dictionary d) -> Ok (to_d_ps (newest d)))

  (* What cannot be read has a digest, too: of what it is. *)
  let rec digest_of t key = function
    | Tree.Value { Index.content = Error what; _ } -> Lwt.return_ok (Mirage_kv_digest.value what)
    | Tree.Value { content = Ok place; _ } -> Lwt_result.map Mirage_kv_digest.value (content t place)
    | Tree.Dictionary d ->
        let rec each found = function
          | [] -> Lwt.return_ok (Mirage_kv_digest.dictionary found)
          | (segment, node) :: others ->
              let* digest = digest_of t (Key.add key segment) node in
              each ((segment, digest) :: found) others
        in
        each [] (Tree.Entries.bindings d.entries)

  let digest t key =
    match Tree.find t.tree key with
    | None -> Lwt.return_error (`Not_found key)
    | Some node -> digest_of t key node
end
