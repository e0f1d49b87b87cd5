(* A FAT disk to read and write, and an archive: what the host put there is read, and the
   archive is unpacked to FAT. *)

open Lwt.Infix
module Fat_disk = Fat.FS (Block)
module Archive = Tar_mirage.Make_KV_RO (Block)

let check what holds = print_endline ((if holds then "ok: " else "WRONG: ") ^ what)

let or_fail pp = function
  | Ok value -> Lwt.return value
  | Error e -> Lwt.fail_with (Format.asprintf "%a" pp e)

let unpack archive fat =
  let rec folder key =
    Archive.list archive key >>= or_fail Archive.pp_error >>= Lwt_list.iter_s (entry key)
  and entry key (name, kind) =
    let key = Mirage_kv.Key.add key name in
    let path = "unpacked" ^ Mirage_kv.Key.to_string key in
    match kind with
    | `Dictionary ->
        Fat_disk.mkdir fat path >>= or_fail Fat_disk.pp_write_error >>= fun () -> folder key
    | `Value ->
        Archive.get archive key >>= or_fail Archive.pp_error >>= fun text ->
        Fat_disk.write fat path 0 (Cstruct.of_string text) >>= or_fail Fat_disk.pp_write_error
  in
  folder Mirage_kv.Key.empty

let start (a : Block.t) (b : Block.t) =
  Fat_disk.connect a >>= fun fat ->
  Archive.connect b >>= fun archive ->
  Fat_disk.read fat "greeting of the host.txt" 0 100 >>= or_fail Fat_disk.pp_error >>= fun read ->
  check "what mtools wrote" (Cstruct.copyv read = "hello, guest");
  unpack archive fat >>= fun () ->
  Fat_disk.listdir fat "unpacked" >>= or_fail Fat_disk.pp_error >>= fun names ->
  check "unpacked" (names <> []);
  Block.flush a >|= fun flushed ->
  check "flushed" (flushed = Ok ());
  print_endline "done"
