open Mirage

let main = foreign "Unikernel.Main" (block @-> block @-> block @-> job)

(* In another order than Xen's: each is found by its name. *)
let () =
  register "xen_disks"
    [
      main $ block_of_file "file.img" $ block_of_xenstore_id "/dev/xvdd"
      $ generic_block ~key:(Key.pure `XenstoreId) "51712";
    ]
