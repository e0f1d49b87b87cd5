open Lwt.Infix

module Reader (Kv : Mirage_kv.RO) = struct
  let fail e = Lwt.fail_with (Fmt.to_to_string Kv.pp_error e)
  let found = function Ok it -> Lwt.return it | Error e -> fail e

  let show what kv =
    let key = Mirage_kv.Key.v "deep/A long name.txt" in
    Kv.get kv (Mirage_kv.Key.v "greeting.txt") >>= found >>= fun greeting ->
    Kv.get kv key >>= found >>= fun deep ->
    Kv.list kv Mirage_kv.Key.empty >>= found >>= fun entries ->
    Printf.printf "%s: %S %S, %d entries\n" what greeting deep (List.length entries);
    Kv.get kv (Mirage_kv.Key.v "absent") >>= function
    | Error (`Not_found _) -> Lwt.return (Printf.printf "%s: absent is not found\n" what)
    | Error e -> fail e
    | Ok _ -> Lwt.return (Printf.printf "%s: FAILED\n" what)
end

module Main (A : Mirage_kv.RO) (B : Mirage_kv.RO) (F : Mirage_fs.S) = struct
  module In_archive = Reader (A)
  module On_volume = Reader (B)

  let written = function
    | Ok () -> Lwt.return_unit
    | Error e -> Lwt.fail_with (Fmt.to_to_string F.pp_write_error e)

  let start archive volume fs =
    In_archive.show "archive" archive >>= fun () ->
    On_volume.show "volume" volume >>= fun () ->
    F.create fs "/deep/written here.txt" >>= written >>= fun () ->
    F.write fs "/deep/written here.txt" 0 (Cstruct.of_string "by the guest\n") >>= written
end
