open Lwt.Infix

module Main (B : Mirage_block.S) = struct
  module Fs = Fat.FS (B)

  let fail pp e = Lwt.fail_with (Fmt.to_to_string pp e)
  let written = function Ok () -> Lwt.return_unit | Error e -> fail Fs.pp_write_error e
  let read = function Ok it -> Lwt.return it | Error e -> fail Fs.pp_error e

  let formatted block =
    B.get_info block >>= fun { Mirage_block.sector_size; size_sectors; _ } ->
    Fs.format block Int64.(mul size_sectors (of_int sector_size)) >>= function
    | Ok fs -> Lwt.return fs
    | Error e -> fail Fs.pp_write_error e

  let start block =
    formatted block >>= fun _ ->
    Fs.connect block >>= fun fs ->
    Fs.create fs "/logs/A file with a long name.txt" >>= written >>= fun () ->
    Fs.write fs "/logs/A file with a long name.txt" 0 (Cstruct.of_string "first line\n") >>= written
    >>= fun () ->
    Fs.mkdir fs "/empty" >>= written >>= fun () ->
    Fs.listdir fs "/logs" >>= read >>= fun names ->
    Fs.read fs "/logs/A file with a long name.txt" 6 4 >>= read >>= fun buffers ->
    Fs.stat fs "/empty" >>= read >>= fun { Mirage_fs.directory; _ } ->
    Printf.printf "listed %s, read %S, directory %b\n" (String.concat "," names)
      (Cstruct.copyv buffers) directory;
    Fs.destroy fs "/empty" >>= written >>= fun () ->
    Fs.stat fs "/empty" >|= function
    | Error `No_directory_entry -> print_endline "destroyed"
    | Error _ | Ok _ -> print_endline "FAILED"
end
