open Lwt.Infix

module Main (A : Mirage_block.S) (B : Mirage_block.S) (C : Mirage_block.S) = struct
  let say name { Mirage_block.size_sectors; _ } =
    Printf.printf "%s: %Ld sectors\n" name size_sectors

  let start a b c =
    A.get_info a >|= say "file" >>= fun () ->
    B.get_info b >|= say "xvdd" >>= fun () ->
    C.get_info c >|= say "51712" >>= fun () ->
    OS.Xs.make () >>= fun xs ->
    OS.Xs.(immediate xs (fun h -> directory h "device/vbd")) >|= fun disks ->
    print_endline ("disks of xenstore: " ^ String.concat " " (List.sort compare disks))
end
