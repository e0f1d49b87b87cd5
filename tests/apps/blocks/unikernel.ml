open Lwt.Infix

module Exercise (B : Mirage_block.S) = struct
  let fail pp e = Lwt.fail_with (Fmt.to_to_string pp e)

  let check name b =
    B.get_info b >>= fun { Mirage_block.read_write; sector_size; size_sectors } ->
    Printf.printf "%s: %b, %d bytes a sector\n" name read_write sector_size;
    let text = Printf.sprintf "written to %s" name in
    let pages = [ Cstruct.create sector_size; Cstruct.create sector_size ] in
    List.iteri (fun i page -> Cstruct.memset page (i + 1)) pages;
    Cstruct.blit_from_string text 0 (List.hd pages) 0 (String.length text);
    let last = Int64.sub size_sectors 2L in
    B.write b last pages >>= function
    | Error e -> fail B.pp_write_error e
    | Ok () -> (
        let read = List.map (fun page -> Cstruct.create (Cstruct.len page)) pages in
        B.read b last read >>= function
        | Error e -> fail B.pp_error e
        | Ok () ->
            Printf.printf "%s: %s\n" name
              (if List.for_all2 Cstruct.equal pages read then "read what was written" else "FAILED");
            B.read b (Int64.add size_sectors 1L) read >|= fun outside ->
            Printf.printf "%s: %s\n" name
              (match outside with Ok () -> "FAILED: read outside" | Error _ -> "refused outside"))
end

module Main (A : Mirage_block.S) (B : Mirage_block.S) (C : Mirage_block.S) = struct
  module On_a = Exercise (A)
  module On_b = Exercise (B)
  module On_c = Exercise (C)

  let start a b c =
    On_a.check "file" a >>= fun () ->
    On_b.check "ramdisk" b >>= fun () -> On_c.check "generic" c
end
