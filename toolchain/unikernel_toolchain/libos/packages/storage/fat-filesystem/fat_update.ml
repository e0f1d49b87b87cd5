let ( let* ) = Lwt_result.bind
let piece_bytes = 1 lsl 20

module Make (B : Fat_device.S) = struct
  module Cache = Fat_cache.Make (B)
  module Information = Fat_information.Make (B)

  type error = [ `Block_read of B.error | `Block_write of B.write_error ]

  (* Calls [f] with each piece of a range: offset and length. *)
  let rec pieces ~offset ~length f =
    let many = min piece_bytes length in
    if many = 0 then Lwt.return_ok ()
    else
      let* () = f offset many in
      pieces ~offset:(offset + many) ~length:(length - many) f

  let zero cache ~offset ~length =
    let zeros = Cstruct.create (min piece_bytes length) in
    pieces ~offset ~length (fun offset many ->
        Cache.write_data cache ~offset (Cstruct.sub zeros 0 many))

  (* The first two entries are of no cluster: the media byte, and that all is well. *)
  let first_entries (boot : Fat_boot_sector.t) =
    match boot.format with
    | FAT12 -> "\xf8\xff\xff"
    | FAT16 -> "\xf8\xff\xff\xff"
    | FAT32 -> "\xf8\xff\xff\x0f\xff\xff\xff\x0f\xff\xff\xff\x0f"

  let backup_sector = 6

  let boot_sectors cache (boot : Fat_boot_sector.t) =
    let sector = Fat_boot_sector.encode boot in
    let* () =
      match boot.information_offset with
      | None -> Lwt.return_ok ()
      | Some offset ->
          let backup = backup_sector * boot.sector_bytes in
          let* () = Information.create cache ~offset in
          let* () = Information.create cache ~offset:(backup + offset) in
          Cache.write cache ~offset:backup sector
    in
    let* () = Cache.barrier cache in
    Cache.write cache ~offset:0 sector

  let make cache (boot : Fat_boot_sector.t) =
    let* () = zero cache ~offset:0 ~length:boot.data_offset in
    let* () =
      if boot.root_cluster = 0 then Lwt.return_ok ()
      else
        let offset = Fat_boot_sector.cluster_offset boot boot.root_cluster in
        zero cache ~offset ~length:boot.cluster_bytes
    in
    let rec tables i =
      if i = boot.fats then Lwt.return_ok ()
      else
        let offset = boot.fat_offset + (i * boot.fat_bytes) in
        let* () = Cache.write cache ~offset (Cstruct.of_string (first_entries boot)) in
        tables (i + 1)
    in
    let* () = tables 0 in
    let* () = boot_sectors cache boot in
    Cache.barrier cache

  let equal_copies cache (boot : Fat_boot_sector.t) =
    let copy i =
      let away = i * boot.fat_bytes in
      pieces ~offset:boot.fat_offset ~length:boot.fat_bytes (fun offset length ->
          let* first = Cache.read_data cache ~offset ~length in
          let* other = Cache.read_data cache ~offset:(offset + away) ~length in
          if Cstruct.equal first other then Lwt.return_ok ()
          else Cache.write_data cache ~offset:(offset + away) first)
    in
    let rec from i =
      if i >= boot.fats then Lwt.return_ok ()
      else
        let* () = copy i in
        from (i + 1)
    in
    from 1
end
